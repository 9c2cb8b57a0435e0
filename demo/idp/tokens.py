"""ID tokens (OpenID Connect Core section 2) and logout tokens, signed RS256 with a `kid`, or forged on demand."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from joserfc import jwt

from demo.idp.faults import Change, Forgery
from demo.idp.people import Person
from demo.idp.provider import Provider
from demo.idp.vault import Consent

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


def mint_id_token(provider: Provider, person: Person, consent: Consent, *, access_token: str, forgery: Forgery) -> str:
    """The ID token of this consent, as compact JWS."""
    return _signed(provider, "JWT", _claims(provider, person, consent, access_token), forgery)


def mint_logout_token(provider: Provider, person: Person, *, session: str, forgery: Forgery) -> str:
    """Tell the portal's client that this person signed out (OpenID Connect Back-Channel Logout 1.0, section 2.4)."""
    now, client = int(time.time()), provider.shape.client_id
    anything = Consent(client_id=client, person_id=person.id, scope="openid", auth_time=now)
    frame = {"iss": provider.issuer, "aud": client, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(16)}
    who = {"sub": provider.shape.id_claims(person, anything)["sub"], **({"sid": session} if session else {})}
    return _signed(provider, "logout+jwt", {**frame, **who, "events": {LOGOUT: {}}}, forgery)


def _signed(provider: Provider, kind: str, claims: dict[str, Any], forgery: Forgery) -> str:
    header = {"typ": kind, "alg": "RS256", "kid": provider.keys.current.kid}
    if forgery == Forgery():
        return jwt.encode(header, claims, provider.keys.current.jwk, algorithms=["RS256"])
    forged = _forge(provider, claims["aud"], header, forgery.claims.apply(claims), forgery)
    return _tamper(forged, forgery.tamper)


def _claims(provider: Provider, person: Person, consent: Consent, access_token: str) -> dict[str, Any]:
    now = int(time.time())
    times = {"iat": now, "exp": now + provider.settings.id_token_seconds}
    frame = {"iss": provider.issuer, "aud": consent.client_id, **times, "at_hash": _at_hash(access_token)}
    nonce = {} if consent.nonce is None else {"nonce": consent.nonce}
    return {**frame, **nonce, **provider.shape.id_claims(person, consent)}


def _at_hash(access_token: str) -> str:
    """Left half of the access token's SHA-256 (OpenID Connect Core 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _forge(provider: Provider, client_id: str, header: dict[str, Any], claims: dict[str, Any], forgery: Forgery) -> str:
    """A token that no good library would make, put together by hand (RFC 7515 section 5.1)."""
    algorithm = {"own": "RS256", "other": "RS256", "none": "none"}.get(forgery.sign_with, "HS256")
    signing_input = f"{_encode({**header, 'alg': algorithm, **forgery.header})}.{_encode(claims)}"
    signature = _signature(provider, client_id, signing_input.encode(), forgery)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _signature(provider: Provider, client_id: str, signing_input: bytes, forgery: Forgery) -> bytes:
    ring = provider.keys
    if forgery.sign_with == "none":
        return b""
    if forgery.sign_with == "hs256-public":
        return hmac.digest(ring.current.public_pem(), signing_input, "sha256")
    if forgery.sign_with == "hs256-secret":
        return hmac.digest(provider.clients[client_id].secret.encode(), signing_input, "sha256")
    key = ring.foreign() if forgery.sign_with == "other" else ring.current
    return key.sign(signing_input)


def _tamper(token: str, change: Change) -> str:
    """Change claims under an unchanged signature."""
    if change == Change():
        return token
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{_encode(change.apply(claims))}.{signature}"


def _encode(members: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()
