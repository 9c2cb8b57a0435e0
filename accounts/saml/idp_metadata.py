"""What an identity provider's SAML metadata says of it: where to go, and the keys that it signs with.

AD FS puts WS-Federation's descriptors, with an encryption certificate, before the one that counts, and during a
rollover it publishes two signing certificates. So: IDPSSODescriptor alone, and every signing certificate of it.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.documents import NS, Element, name, parsed, text_of
from portal import env
from portal.texts import is_line

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
LEAST_RSA_BITS = 2048
DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})(?:\.\d+)?S)?)?"
)


@dataclass(frozen=True)
class Certificate:
    """A signing certificate. That it has expired makes it no worse a key: what counts is that it is published."""

    pem: str
    subject: str
    fingerprint: str
    not_after: datetime


@dataclass(frozen=True)
class IdpMetadata:
    """``slo_url`` is empty where the provider has no single logout by redirect; ``keep`` is how long it asks us to."""

    entity_id: str
    sso_url: str
    slo_url: str
    slo_response_url: str
    certificates: tuple[Certificate, ...]
    valid_until: datetime | None
    keep: timedelta | None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(certificate.pem for certificate in self.certificates)


def wrong(detail: str) -> SignInRefused:
    return SignInRefused(Reason.DISCOVERY, f"metadata: {detail}")


@lru_cache(maxsize=32)
def read(document: bytes, entity_id: str, *, plain_http_on_loopback: bool) -> IdpMetadata:
    """Return what the document says of the entity, to the letter of its id; raise SignInRefused."""
    try:
        root = parsed(document, comments=True)
    except SignInRefused as refusal:
        raise wrong(refusal.detail) from None
    entity = _entity(root, entity_id)
    idp = _descriptor(entity)
    address = _Address(plain_http_on_loopback)
    slo, answers = address.of(idp, "SingleLogoutService")
    sso, _ = address.of(idp, "SingleSignOnService")
    if not sso:
        raise wrong("no SingleSignOnService by redirect with an https address")
    return IdpMetadata(
        entity_id=entity_id,
        sso_url=sso,
        slo_url=slo,
        slo_response_url=answers or slo,
        certificates=_certificates(idp),
        valid_until=_earliest(entity),
        keep=_shortest(entity),
    )


def _entity(root: Element, entity_id: str) -> Element:
    entities = [item for item in root.iter(name("md", "EntityDescriptor")) if item.get("entityID") == entity_id]
    if len(entities) != 1:
        raise wrong(f"{len(entities)} entities of the configured id")
    return entities[0]


def _descriptor(entity: Element) -> Element:
    found = [
        item
        for item in entity.findall("md:IDPSSODescriptor", NS)
        if PROTOCOL in item.get("protocolSupportEnumeration", "").split()
    ]
    if len(found) != 1:
        raise wrong(f"{len(found)} descriptors of an identity provider for SAML 2.0")
    return found[0]


def _certificates(idp: Element) -> tuple[Certificate, ...]:
    """Return every certificate that may sign; one that cannot be read, or is too weak, is passed over."""
    texts = [
        text_of(item)
        for key in idp.findall("md:KeyDescriptor", NS)
        if key.get("use", "signing") == "signing"
        for item in key.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS)
    ]
    found = {made.fingerprint: made for text in texts if (made := _certificate(text))}
    if not found:
        raise wrong("no usable signing certificate")
    return tuple(found.values())


def _certificate(text: str) -> Certificate | None:
    try:
        made = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        key, found = made.public_key(), described(made)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    if not (isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA_BITS) and not isinstance(
        key, EllipticCurvePublicKey
    ):
        return None
    return found


def described(made: x509.Certificate) -> Certificate:
    return Certificate(
        pem=made.public_bytes(Encoding.PEM).decode(),
        subject=made.subject.rfc4514_string()[:200],
        fingerprint=made.fingerprint(SHA256()).hex(),
        not_after=made.not_valid_after_utc,
    )


@dataclass(frozen=True)
class _Address:
    plain_http_on_loopback: bool

    def of(self, idp: Element, service: str) -> tuple[str, str]:
        """Return the address of a service by redirect, and where answers go if elsewhere; empty where there is none."""
        for item in idp.findall(f"md:{service}", NS):
            if item.get("Binding") == REDIRECT and self.fits(item.get("Location", "")):
                answers = item.get("ResponseLocation", "")
                return item.get("Location"), answers if self.fits(answers) else ""
        return "", ""

    def fits(self, value: str) -> bool:
        try:
            parts = urlsplit(value)
        except ValueError:
            return False
        secure = env.is_secure(parts, plain_http_on_loopback=self.plain_http_on_loopback)
        return bool(parts.hostname) and is_line(value) and " " not in value and secure


def _around(entity: Element) -> list[Element]:
    """Return the entity and what it stands in: a limit on the whole document limits it too."""
    return [entity, *entity.iterancestors(), *entity.findall("md:IDPSSODescriptor", NS)]


def _earliest(entity: Element) -> datetime | None:
    found = [item.get("validUntil") for item in _around(entity) if item.get("validUntil") is not None]
    moments = [times.read(value) for value in found]
    if None in moments:
        raise wrong("validUntil is no time")
    return min((moment for moment in moments if moment), default=None)


def _shortest(entity: Element) -> timedelta | None:
    found = [item.get("cacheDuration") for item in _around(entity) if item.get("cacheDuration") is not None]
    return min((length for value in found if (length := _duration(value))), default=None)


def _duration(value: str) -> timedelta | None:
    """Return an xs:duration of days and less; one that cannot be read, or counts in months, says nothing."""
    match = DURATION.fullmatch(value)
    parts: dict[str, Any] = {key: int(number) for key, number in (match.groupdict() if match else {}).items() if number}
    return timedelta(**parts) if parts else None
