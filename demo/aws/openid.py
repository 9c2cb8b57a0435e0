"""Whether a web identity token is genuine: issuer's discovery, its keys, signature, times.

Source: AWS STS API reference, AssumeRoleWithWebIdentity; IAM user guide, "Create an OpenID Connect identity
provider"; OpenID Connect Core 1.0, section 3.1.3.7; RFC 7519.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests

from demo.aws.errors import AwsError

ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
LEEWAY = 60  # seconds that the issuer's clock may be ahead; never a second beyond ``exp``
FETCH_TIMEOUT = 5
KEPT = 300  # seconds that a key set is trusted before it is fetched again
REFETCH_PAUSE = 5  # seconds between two fetches for keys that were not found
LARGEST_DOCUMENT = 1 << 20
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)
NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


def invalid_token(message: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message)


@dataclass(frozen=True)
class _Keys:
    found: list[jwt.PyJWK]
    fetched_at: float


class KeyRing:
    """The signing keys of issuers, cached, fetched again for a key that is not among them."""

    def __init__(self) -> None:
        self._by_issuer: dict[str, _Keys] = {}

    def candidates(self, issuer: str, key_id: str | None) -> list[jwt.PyJWK]:
        """The keys that may have signed: the one with this id, or all when the token names none."""
        held = self._by_issuer.get(issuer)
        age = time.monotonic() - held.fetched_at if held else float("inf")
        matching = _matching(held, key_id)
        if age > KEPT or (not matching and age > REFETCH_PAUSE):
            # Outside of any lock: one slow issuer must not hold up the others.
            held = _Keys(_fetch_keys(issuer), time.monotonic())
            self._by_issuer[issuer] = held
            matching = _matching(held, key_id)
        if not matching:
            raise invalid_token(NO_KEY)
        return matching


def _matching(held: _Keys | None, key_id: str | None) -> list[jwt.PyJWK]:
    return [key for key in (held.found if held else []) if key_id is None or key.key_id == key_id]


def _fetch_keys(issuer: str) -> list[jwt.PyJWK]:
    try:
        discovery = _fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if discovery.get("issuer") != issuer:
            raise invalid_token(NO_KEY)
        return list(_usable(_fetch(str(discovery["jwks_uri"]))["keys"]))
    except (requests.RequestException, ValueError, LookupError, TypeError, AttributeError):
        raise invalid_token(NO_KEY) from None


def _usable(keys: list[dict[str, Any]]) -> Iterator[jwt.PyJWK]:
    """Public RSA and EC signing keys; others are not for us and do no harm."""
    for key in keys:
        if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig":
            try:
                yield jwt.PyJWK(key)
            except jwt.PyJWTError:
                continue


def _fetch(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname or "")):
        raise invalid_token(NO_KEY)
    with requests.get(url, timeout=FETCH_TIMEOUT, allow_redirects=False, stream=True) as response:
        response.raise_for_status()
        content = json.loads(response.raw.read(LARGEST_DOCUMENT, decode_content=True))
    if not isinstance(content, dict):
        raise TypeError(url)
    return content


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unverified(token: str) -> dict[str, Any]:
    """The claims as they stand, to find out whose token it says it is. Raises InvalidIdentityToken."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise invalid_token(NOT_A_JWT) from None
    if not isinstance(claims.get("iss"), str):
        raise invalid_token("Missing a required claim: iss")
    return claims


def verify(token: str, *, issuer: str, keys: KeyRing) -> dict[str, Any]:
    """The claims of a genuine, current token of this issuer.

    Raises AwsError InvalidIdentityToken or ExpiredTokenException. The audience is left to the caller: it
    depends on the account.
    """
    for key in keys.candidates(issuer, _key_id(token)):
        try:
            claims = _decode(token, key, issuer)
        except jwt.InvalidSignatureError:
            continue
        return _checked(claims)
    raise invalid_token("Provided Token signature is invalid")


def _key_id(token: str) -> str | None:
    try:
        found = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError:
        raise invalid_token(NOT_A_JWT) from None
    return None if found is None else str(found)


def _decode(token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
    """PyJWT checks the signature alone; the claims are checked below, each in AWS's own words."""
    options: Any = {
        "require": ["iss", "sub", "aud", "iat", "exp"],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
    try:
        return jwt.decode(token, key.key, algorithms=_algorithms(key), issuer=issuer, options=options)
    except jwt.MissingRequiredClaimError as error:
        raise invalid_token(f"Missing a required claim: {error.claim}") from None
    except jwt.InvalidSignatureError:
        raise
    except (jwt.PyJWTError, TypeError, ValueError):
        raise invalid_token(NOT_A_JWT) from None


def _algorithms(key: jwt.PyJWK) -> list[str]:
    """Only what fits the key's kind, so that no key is used for what it is not."""
    family = "RS" if key.key_type == "RSA" else "ES"
    return [name for name in ALGORITHMS if name.startswith(family)]


def _checked(claims: dict[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    times = [claims["iat"], claims["exp"], claims.get("nbf", 0)]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in times):
        raise invalid_token("The ID Token provided has a timestamp that is not an integer")
    if claims["exp"] <= now:
        text = f"Token expired: current date/time {now} must be before the expiration date/time {claims['exp']}"
        raise AwsError("ExpiredTokenException", text)
    if claims["iat"] > now + LEEWAY or claims.get("nbf", 0) > now + LEEWAY:
        raise invalid_token("The ID Token provided is not valid yet")
    if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
        raise invalid_token("The sub claim must be a string of 1 to 255 characters")
    return claims
