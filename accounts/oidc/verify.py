"""Is this ID token genuine, and is it for us? (OpenID Connect Core, section 3.1.3.7, and RFC 8725)

Rights are derived from the token and it is handed on to AWS, so the TLS connection that it came over is not enough:
its signature is always checked, with keys and algorithms that come from the configuration and never from the token.
"""

import secrets
from datetime import timedelta
from typing import Any

import jwt
from django.utils import timezone
from jwt.exceptions import InvalidSubjectError

from accounts.oidc.keys import key_of
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from portal.texts import is_line
from portal.times import moment

LEEWAY = 60
LONGEST_TOKEN, LONGEST_LIFE = 100_000, timedelta(days=7)
LONGEST_SUBJECT = 191  # the width of allauth's column; AD FS sends 44 characters, Google 21
TIMES = ("iat", "exp", "nbf")
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
LOGOUT_REQUIRED = ["iss", "aud", "exp", "iat", "jti"]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TYPES = {"logout+jwt", "jwt", ""}  # the first is recommended, and not every provider follows
LONGEST_NAME = 255

# In this order: each error of PyJWT is named by the first class that it is an instance of.
REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (jwt.ExpiredSignatureError, Reason.EXPIRED),
    (jwt.ImmatureSignatureError, Reason.CLOCK),
    (jwt.InvalidSignatureError, Reason.SIGNATURE),
    (jwt.InvalidAlgorithmError, Reason.ALGORITHM),
    (jwt.InvalidKeyError, Reason.SIGNATURE),
    (jwt.InvalidAudienceError, Reason.AUDIENCE),
    (jwt.InvalidIssuerError, Reason.ISSUER),
    (jwt.MissingRequiredClaimError, Reason.CLAIM),
    (InvalidSubjectError, Reason.CLAIM),
    (jwt.InvalidIssuedAtError, Reason.CLAIM),
    (jwt.PyJWTError, Reason.TOKEN),
)


def verified_claims(provider: OpenIdProvider, raw: object, *, nonce: str | None) -> dict[str, Any]:
    """Return the claims of a genuine ID token for this portal; raise SignInRefused for every other.

    ``nonce`` is what the browser's request sent, or None for a refresh, where none is expected (Core, section 12.2).
    """
    text = _measured(raw)
    claims = _decoded(provider, text, REQUIRED)
    if _type_of(text).endswith("+jwt") or _tells_of_logout(claims):
        raise SignInRefused(Reason.TOKEN, "of another type than an ID token")  # RFC 8725, section 3.11
    _check_times(claims)
    _check_subject(claims)
    _check_presenter(provider, claims)
    if nonce is not None and not same(claims.get("nonce"), nonce):
        raise SignInRefused(Reason.NONCE, "nonce is missing or another", subject=claims["sub"])
    return claims


def verified_logout_token(provider: OpenIdProvider, raw: object) -> dict[str, Any]:
    """Return the claims of a genuine logout token for this portal (OpenID Connect Back-Channel Logout 1.0, 2.4, 2.6).

    They hold ``jti``, and ``sub`` or ``sid`` or both. An ID token is none: it has no such event, and has a nonce.
    """
    text = _measured(raw)
    claims = _decoded(provider, text, LOGOUT_REQUIRED)
    _check_times(claims)
    _check_presenter(provider, claims)
    if _type_of(text) not in LOGOUT_TYPES:
        raise SignInRefused(Reason.TOKEN, "of another type than a logout token")
    if not _tells_of_logout(claims):
        raise SignInRefused(Reason.CLAIM, "events names no back-channel logout")
    if "nonce" in claims:
        raise SignInRefused(Reason.CLAIM, "a logout token has no nonce")
    for name in ("jti", "sub", "sid"):
        _check_name(claims, name)
    if "sub" not in claims and "sid" not in claims:
        raise SignInRefused(Reason.CLAIM, "neither sub nor sid")
    return claims


def verified_userinfo(provider: OpenIdProvider, raw: str) -> dict[str, Any]:
    """Return the claims of a signed userinfo answer: it names issuer and audience but need not expire (Core, 5.3.2)."""
    return _decoded(provider, raw, ["iss", "aud", "sub"])


def same(value: object, expected: str) -> bool:
    """Compare in constant time; a value that is no line of text is no match."""
    return isinstance(value, str) and is_line(value) and secrets.compare_digest(value.encode(), expected.encode())


def _measured(raw: object) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST_TOKEN:
        raise SignInRefused(Reason.TOKEN, "no token, or one of the wrong type or length")
    return raw


def _type_of(raw: str) -> str:
    """Return the header's ``typ`` in small letters, without "application/", or "" (RFC 7515, section 4.1.9)."""
    return str(jwt.get_unverified_header(raw).get("typ", "")).lower().removeprefix("application/")


def _decoded(provider: OpenIdProvider, raw: str, required: list[str]) -> dict[str, Any]:
    try:
        key = _key(provider, raw)
        claims: dict[str, Any] = jwt.decode(
            raw,
            key=key.key,  # the key itself: its JWK may name no algorithm, and the token's must not choose one
            algorithms=list(provider.algorithms),
            audience=provider.client_id,
            issuer=provider.issuers,
            leeway=LEEWAY,
            options={"require": required, "verify_signature": True, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        reason = next(reason for kind, reason in REASONS if isinstance(error, kind))
        raise SignInRefused(reason, type(error).__name__) from None
    except (RecursionError, UnicodeError, OverflowError):
        raise SignInRefused(Reason.TOKEN, "cannot be read") from None
    return claims


def _key(provider: OpenIdProvider, raw: str) -> jwt.PyJWK:
    """Return the published key that the header names. The header is a hint where to look and nothing more."""
    header = jwt.get_unverified_header(raw)
    if header.get("alg") not in provider.algorithms:
        raise SignInRefused(Reason.ALGORITHM, "not an algorithm that is allowed for this provider")
    return key_of(provider, header.get("kid"))


def _check_times(claims: dict[str, Any]) -> None:
    """Times are numbers (RFC 7519, section 2); PyJWT would read the text "1790000000" and true as well."""
    for name in [name for name in TIMES if name in claims]:
        try:
            told = moment(claims[name])
        except ValueError:
            raise SignInRefused(Reason.CLAIM, f"{name} is not a time") from None
        if name == "exp" and told > timezone.now() + LONGEST_LIFE:
            raise SignInRefused(Reason.CLAIM, "exp is more than a week ahead")


def _check_subject(claims: dict[str, Any]) -> None:
    subject = claims["sub"]
    if not 0 < len(subject) <= LONGEST_SUBJECT or not is_line(subject):
        raise SignInRefused(Reason.CLAIM, "sub is empty, too long or no line of text")


def _tells_of_logout(claims: dict[str, Any]) -> bool:
    events = claims.get("events")
    return isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict)


def _check_name(claims: dict[str, Any], name: str) -> None:
    """Whatever names a token, a person or a session is a text that can be looked up."""
    value = claims.get(name, "absent")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not is_line(value):
        raise SignInRefused(Reason.CLAIM, f"{name} is empty, too long or no text")


def _check_presenter(provider: OpenIdProvider, claims: dict[str, Any]) -> None:
    """A token that was issued to another client says so in ``azp``, whatever its audience list holds.

    One for several audiences must say to whom it was issued (Core, section 3.1.3.7): without that, it may be a token
    that another of them holds and brings here.
    """
    subject = claims.get("sub", "")  # a logout token may name a session alone
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise SignInRefused(Reason.AUDIENCE, "azp is another client", subject=subject)
    if "azp" not in claims and isinstance(claims["aud"], list) and set(claims["aud"]) != {provider.client_id}:
        raise SignInRefused(Reason.AUDIENCE, "several audiences and no azp", subject=subject)
