"""A security key in software, for tests: it makes and signs what a browser would hand on, or what a forger would."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
UP, UV, AT = FLAG.UP, FLAG.UV, FLAG.AT
Options = dict[str, Any]


@dataclass
class SoftKey:
    """One credential. Whatever ``origin``, ``rp`` and flags say, it obeys: real keys would refuse some of it."""

    origin: str = "http://testserver"
    rp: str = "testserver"
    flags: AuthenticatorData.FLAG = UP | UV
    count: int = 0
    cross_origin: bool = False
    algorithm: int = ES256.ALGORITHM
    handle: bytes = b""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: Options, **overrides: Any) -> dict[str, Any]:
        """Answer the options of a registration."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # fido2's own
        public[3] = self.algorithm
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(sha256(self.rp.encode()), self.flags | AT, self.count, credential)
        client = self._client("webauthn.create", options, **overrides)
        made = AttestationObject.create("none", data, {})
        return self._answer(clientDataJSON=websafe_encode(client), attestationObject=websafe_encode(made))

    def get(self, options: Options, **overrides: Any) -> dict[str, Any]:
        """Answer the options of a use."""
        self.count += 1 if self.count else 0
        data = AuthenticatorData.create(sha256(self.rp.encode()), self.flags, self.count)
        client = self._client("webauthn.get", options, **overrides)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        parts = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        return self._answer(
            **{name: websafe_encode(part) for name, part in parts.items()},
            userHandle=websafe_encode(self.handle) if self.handle else None,
        )

    def _client(self, ceremony: str, options: Options, **overrides: Any) -> CollectedClientData:
        challenge = websafe_decode(options["publicKey"]["challenge"])
        said = {"type": ceremony, "challenge": challenge, "origin": self.origin, "cross_origin": self.cross_origin}
        return CollectedClientData.create(**{**said, **overrides})

    def _answer(self, **response: Any) -> dict[str, Any]:
        identifier = websafe_encode(self.id)
        answer = {"id": identifier, "rawId": identifier, "type": "public-key", "clientExtensionResults": {}}
        return {**answer, "response": response}
