"""Custody of tokens: authenticated encryption at rest under rotating keys.

A sealed text is ``key-id.base64(nonce + ciphertext)``, AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The
context (whose token it is and which) is authenticated too, so that a row's ciphertext is worth nothing in another row.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES, KEY_BYTES = 12, 32


class Unsealable(ValueError):
    """The sealed text cannot be opened: its key is gone, it was changed, or it belongs elsewhere."""


@dataclass(frozen=True, repr=False)
class Custody:
    """Keys by id, in order: the first one seals, all of them open."""

    keys: dict[str, bytes]

    @classmethod
    def from_settings(cls) -> "Custody":
        return _parsed(settings.DAYPASS_ENCRYPTION_KEYS)

    @property
    def newest(self) -> str:
        return next(iter(self.keys))

    def seal(self, plain: str, *, context: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.newest]).encrypt(nonce, plain.encode(), context.encode())
        return f"{self.newest}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        """Return the plain text; raise Unsealable for anything else."""
        key_id, _, body = sealed.partition(".")
        try:
            raw = base64.b64decode(body, validate=True)
            return AESGCM(self.keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
        except (KeyError, InvalidTag, binascii.Error, ValueError) as error:
            raise Unsealable(f"cannot open what key {key_id[:16]!r} sealed") from error

    def needs_resealing(self, sealed: str) -> bool:
        """Tell whether an older key sealed it, so that rotation can renew it."""
        return not sealed.startswith(f"{self.newest}.")


def new_key() -> str:
    """Return a fresh ``id:key`` for DAYPASS_ENCRYPTION_KEYS; the id is random, so that no two keys share one."""
    return f"k{os.urandom(4).hex()}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


@lru_cache(maxsize=8)
def _parsed(text: str) -> Custody:
    keys: dict[str, bytes] = {}
    for item in text.split(","):
        key_id, separator, encoded = item.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not separator or not key_id.isalnum() or key_id in keys or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                "DAYPASS_ENCRYPTION_KEYS must be a comma-separated list of id:key, each id letters and digits and "
                "used once, each key 32 bytes in base64. Make one with `python manage.py make_key`."
            )
        keys[key_id] = key
    return Custody(keys)
