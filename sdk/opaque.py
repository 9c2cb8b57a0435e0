"""Opaque secrets: 256 random bits for the client, a hash for the database, so that a stolen database opens nothing."""

import base64
import hashlib
import hmac
import re
import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# No vowels and no look-alikes: it is typed, spells nothing, and eight letters are 34 bits for ten minutes.
USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE = re.compile(rf"[{USER_CODE_ALPHABET}]{{8}}")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is kept of a token. Plain SHA-256 will do: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(token: str, kept: str) -> bool:
    return secrets.compare_digest(hash_of(token), kept)


def looks_like_a_token(value: object) -> bool:
    return isinstance(value, str) and TOKEN.fullmatch(value) is not None


def successor_of(token: str) -> str:
    """Return the one token that follows a refresh token, the same however often it is asked for.

    Clients take no lock: eight commands that refresh at the same moment all get the same next token, so the family
    stays a line and a thief who falls behind it is noticed.
    """
    digest = salted_hmac("sdk.refresh", token, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_user_code() -> str:
    letters = "".join(secrets.choice(USER_CODE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def user_code_hash(typed: str) -> str:
    """Return what is kept of a user code, however it was typed; "" if it cannot be one. Keyed, since it is short."""
    letters = re.sub(r"[\s-]", "", typed).upper()
    if not USER_CODE.fullmatch(letters):
        return ""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"sdk.user-code:" + letters.encode(), hashlib.sha256).hexdigest()
