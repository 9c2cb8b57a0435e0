"""One call of STS for a herd: identical requests of one token within a few seconds get the same credentials.

A container that starts fifty processes asks fifty times at once. The first to claim asks STS; the others, in this
process or another, wait for what it leaves in the database: sealed with a key that is made of the bearer token. Only
the token's hash is stored here, so nobody but who holds the token can open it. Nothing is kept in memory.
"""

import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import connection

from credentials.secret import Credentials
from portal.outage import may_be_missed
from portal.times import moment
from sdk.errors import SdkError
from sdk.models import SharedAnswer
from sdk.opaque import hash_of

SECONDS, PATIENCE, LOOK_AGAIN = 5, 15.0, 0.05
NONCE_BYTES = 12

# One statement on either database: who inserts, or takes over a row whose time is up, asks for all.
CLAIM = """
INSERT INTO sdk_sharedanswer (key, claimed_at, sealed, refusal) VALUES (%(key)s, %(now)s, '', '')
ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at, sealed = '', refusal = ''
WHERE sdk_sharedanswer.claimed_at <= %(over)s
RETURNING key
"""

Make = Callable[[], Credentials]


@dataclass(frozen=True, repr=False)
class Answer:
    """Credentials, and whether this request asked for them itself."""

    credentials: Credentials
    own: bool


def shared(*, token: str, what: str, make: Make) -> Answer:
    """Return what ``make`` returns, or returned a moment ago for the same token and the same ``what``.

    Raise SdkError as it did. ``make`` is called outside any transaction.
    """
    key = hash_of(f"{token} {what}")
    if _claimed(key):
        return Answer(_made(key, token, make), own=True)
    return Answer(_awaited(key, token), own=False)


def _claimed(key: str) -> bool:
    now = time.time()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"key": key, "now": now, "over": now - SECONDS})
        return cursor.fetchone() is not None


def _made(key: str, token: str, make: Make) -> Credentials:
    """Ask, and leave the answer for the other processes, whatever it is."""
    sealed, refusal = "", gave_up()
    try:
        made = make()
        sealed = _seal(made, key, token)
    except SdkError as error:
        refusal = error
        raise
    finally:
        told = "" if sealed else json.dumps({"kind": refusal.kind, "sentence": refusal.sentence})
        with may_be_missed("what others with the same token wait for"):
            SharedAnswer.objects.filter(key=key).update(sealed=sealed, refusal=told)
    return made


def _awaited(key: str, token: str) -> Credentials:
    """Wait for whoever asks."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        sealed, refusal = SharedAnswer.objects.values_list("sealed", "refusal").filter(key=key).first() or ("", "")
        if sealed:
            return _open(sealed, key, token)
        if refusal:
            raise SdkError(**json.loads(refusal))
        time.sleep(LOOK_AGAIN)
    raise gave_up()


def gave_up() -> SdkError:
    return SdkError(
        "ServiceUnavailableException", "AWS was asked for these credentials and has not answered. Try again."
    )


def _cipher(key: str, token: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"daypass sdk.sharing " + key.encode())
    return AESGCM(derive.derive(token.encode()))


def _seal(credentials: Credentials, key: str, token: str) -> str:
    values = [
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        credentials.expires_at.timestamp(),
    ]
    nonce = os.urandom(NONCE_BYTES)
    return b64encode(nonce + _cipher(key, token).encrypt(nonce, json.dumps(values).encode(), key.encode())).decode()


def _open(sealed: str, key: str, token: str) -> Credentials:
    raw = b64decode(sealed)
    plain = _cipher(key, token).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], key.encode())
    access_key_id, secret_access_key, session_token, expires_at = json.loads(plain)
    return Credentials(access_key_id, secret_access_key, session_token, moment(expires_at))
