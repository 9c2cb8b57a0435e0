"""An OpenID provider: its discovery document, its keys with the certificates that some publish, clock and TLS."""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jwt
from cryptography import x509

from accounts.health.result import Certificate, Document, Result
from accounts.oidc.discovery import PATH, checked
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import SignInRefused
from accounts.wire import Look, look, parsed

DISCOVERY, KEYS = "Discovery", "Keys"


def probe(provider: OpenIdProvider, now: datetime) -> Result:
    """Ask for the discovery document and, by what it says, for the keys."""
    try:
        seen = look(provider.issuer.rstrip("/") + PATH, ca=provider.ca_certificates)
        jwks_uri = checked(provider, parsed(seen.body)).jwks_uri
    except SignInRefused as refusal:
        return Result(documents=(Document(DISCOVERY, problem=str(refusal)),))
    found = Document(DISCOVERY, note=f"{provider.issuer}", good_at=now)
    try:
        keys = look(jwks_uri, ca=provider.ca_certificates)
        published = parsed(keys.body)
        usable = _usable(published)
    except SignInRefused as refusal:
        return Result((found, Document(KEYS, problem=str(refusal))), tls(seen), seen.clock, seen.seconds)
    return Result(
        documents=(found, _told(usable, now)),
        certificates=(*signing(published), *tls(seen, keys)),
        clock=seen.clock,
        seconds=round(seen.seconds + keys.seconds, 2),
    )


def _usable(published: dict[str, Any]) -> list[str]:
    """Return the ids of the keys that a signature can be held against."""
    try:
        keys = jwt.PyJWKSet.from_dict(published).keys
    # PyJWT reads members of a key without looking at their types first.
    except (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError):
        return []
    return [key.key_id or "without an id" for key in keys if key.public_key_use in {"sig", None}]


def _told(usable: list[str], now: datetime) -> Document:
    if not usable:
        return Document(KEYS, problem="publishes no usable keys")
    count = "1 key" if len(usable) == 1 else f"{len(usable)} keys"
    return Document(KEYS, note=f"{count}: {', '.join(each[:24] for each in usable[:6])}", good_at=now)


def signing(published: dict[str, Any]) -> Iterator[Certificate]:
    """Return the certificates of signing keys; what cannot be read tells nothing, and is no key's fault."""
    listed = published.get("keys")
    for key in listed if isinstance(listed, list) else []:
        chain = key.get("x5c") if isinstance(key, dict) and key.get("use", "sig") == "sig" else None
        if isinstance(chain, list) and chain and isinstance(chain[0], str):
            try:
                found = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
            except (ValueError, binascii.Error):
                continue
            yield Certificate("signing", found.subject.rfc4514_string()[:100], found.not_valid_after_utc)


def tls(*looks: Look) -> tuple[Certificate, ...]:
    """Return the connections' certificates, each host's once."""
    found = {seen.host: seen.tls_until for seen in looks if seen.tls_until}
    return tuple(Certificate("tls", host, until) for host, until in found.items())
