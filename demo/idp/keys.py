"""Signing keys of one provider: RS256 with a `kid`, rotation, and the JWKS that publishes them."""

import base64
import datetime
import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class SigningKey:
    """One RSA key and its self-signed certificate. The `kid` is the certificate's thumbprint, as at ADFS."""

    private_pem: bytes
    certificate_der: bytes

    @cached_property
    def kid(self) -> str:
        return _unpadded(hashlib.sha1(self.certificate_der, usedforsecurity=False).digest())

    @cached_property
    def jwk(self) -> RSAKey:
        # Parsing a private key checks its primes, which takes longer than everything else here.
        return RSAKey.import_key(self.private_pem, {"kid": self.kid})

    def public_pem(self) -> bytes:
        return self.jwk.as_pem(private=False)

    def sign(self, signing_input: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3) over any bytes, for forged tokens."""
        private = self.jwk.private_key
        if private is None:
            raise TypeError("a published key cannot sign")
        return private.sign(signing_input, padding.PKCS1v15(), hashes.SHA256())

    def published(self) -> dict[str, Any]:
        """The key as it stands in the JWKS (RFC 7517 section 4)."""
        public = dict(self.jwk.as_dict(private=False))
        extra = {"use": "sig", "alg": "RS256", "kid": self.kid, "x5t": self.kid}
        return {**public, **extra, "x5c": [base64.b64encode(self.certificate_der).decode()]}


def new_key(name: str) -> SigningKey:
    """Make a 2048-bit RSA key and a certificate for one year (ADFS's default lifetime)."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(pem, _certificate(private, name).public_bytes(serialization.Encoding.DER))


def _certificate(private: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Demo signing - {name}")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=subject)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=365))
    return builder.sign(private, hashes.SHA256())


def _unpadded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class KeyRing:
    """The keys a provider publishes. The last one signs; the earlier ones still verify until retired."""

    def __init__(self, name: str, saved: list[dict[str, str]] | None = None) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._keys = [_load(entry) for entry in saved or []] or [new_key(name)]
        self._foreign: SigningKey | None = None

    @property
    def current(self) -> SigningKey:
        return self._keys[-1]

    def foreign(self) -> SigningKey:
        """A key that is published nowhere, for forged tokens; made on first use, kept out of the state."""
        with self._lock:
            self._foreign = self._foreign or new_key("nobody")
            return self._foreign

    def rotate(self, *, retire: bool) -> SigningKey:
        """Sign with a new key from now on. `retire` takes the old ones out of the JWKS at once."""
        fresh = new_key(self._name)
        with self._lock:
            self._keys = [fresh] if retire else [*self._keys, fresh]
        return fresh

    def all(self) -> list[SigningKey]:
        return list(self._keys)

    def published(self) -> dict[str, Any]:
        return {"keys": [key.published() for key in self._keys]}

    def dump(self) -> list[dict[str, str]]:
        return [
            {
                "private_pem": key.private_pem.decode(),
                "certificate": base64.b64encode(key.certificate_der).decode(),
            }
            for key in self._keys
        ]


def _load(entry: dict[str, str]) -> SigningKey:
    return SigningKey(entry["private_pem"].encode(), base64.b64decode(entry["certificate"]))
