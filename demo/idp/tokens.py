"""ID tokens: the claims of OpenID Connect Core section 2, signed RS256 with a `kid`, or forged on demand."""

import base64
import hashlib
import json
import time
import warnings
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeyParameters, OctKey

from demo.idp.faults import Change, Forgery
from demo.idp.people import Person
from demo.idp.provider import Provider
from demo.idp.vault import Consent

# Forged headers may hold anything, and a forger may use any algorithm.
_REGISTRY = jws.JWSRegistry(algorithms=["RS256", "HS256", "none"], strict_check_header=False)


def mint_id_token(provider: Provider, person: Person, consent: Consent, *, access_token: str, forgery: Forgery) -> str:
    """The ID token of this consent, as compact JWS."""
    claims = _claims(provider, person, consent, access_token)
    header = {"typ": "JWT", "alg": "RS256", "kid": provider.keys.current.kid}
    signed = _sign(provider, consent.client_id, header, forgery.claims.apply(claims), forgery)
    return signed if forgery.tamper == Change() else _tamper(signed, forgery.tamper)


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


def _sign(provider: Provider, client_id: str, header: dict[str, Any], claims: dict[str, Any], forgery: Forgery) -> str:
    algorithm = {"own": "RS256", "other": "RS256", "none": "none"}.get(forgery.sign_with, "HS256")
    protected = {**header, "alg": algorithm, **forgery.header}
    with warnings.catch_warnings():
        # joserfc warns of the very key confusion that a forged token is made of.
        warnings.simplefilter("ignore", SecurityWarning)
        key = _signing_key(provider, client_id, forgery)
        # The header's own `alg` may be a lie, so sign with ours and put the lie in afterwards.
        honest = jws.serialize_compact({**protected, "alg": algorithm}, json.dumps(claims), key, registry=_REGISTRY)
    return honest if protected["alg"] == algorithm else _relabel(honest, protected)


def _signing_key(provider: Provider, client_id: str, forgery: Forgery) -> Any:
    ring = provider.keys
    if forgery.sign_with == "other":
        return ring.foreign().jwk()
    if forgery.sign_with == "hs256-public":
        return OctKey.import_key(ring.current.public_pem(), KeyParameters())
    if forgery.sign_with == "hs256-secret":
        return OctKey.import_key(provider.clients[client_id].secret)
    return None if forgery.sign_with == "none" else ring.current.jwk()


def _relabel(token: str, header: dict[str, Any]) -> str:
    _, payload, signature = token.split(".")
    return f"{_encode(header)}.{payload}.{signature}"


def _tamper(token: str, change: Change) -> str:
    """Change claims under an unchanged signature."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{_encode(change.apply(claims))}.{signature}"


def _encode(members: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()
