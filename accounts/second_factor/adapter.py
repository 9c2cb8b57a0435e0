"""allauth.mfa under this portal's rules: secrets sealed, each bound to its person, and names from the settings alone.

Read with allauth 65.21.1. Its adapter is handed a secret without a word of whose it is, so whoever lets allauth seal
or open one says that first; without it both refuse.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from accounts.custody import Custody
from accounts.models import User

_owner: ContextVar[int] = ContextVar("owner")


@contextmanager
def secrets_of(user_id: int) -> Iterator[None]:
    """Seal and open second-factor secrets of this person while the block runs."""
    token = _owner.set(user_id)
    try:
        yield
    finally:
        _owner.reset(token)


def context_of(user_id: int) -> str:
    """Return what custody binds a second-factor secret to: this person and nobody else."""
    return f"second-factor:{user_id}"


def host() -> str:
    """Return the relying party's id (Web Authentication, section 5.1.2): the host that people use, without its port."""
    return urlsplit(settings.DAYPASS_BASE_URL).hostname or ""


class MFAAdapter(DefaultMFAAdapter):
    """The names stand on people's phones and keys; the Host header has no say in them."""

    def encrypt(self, text: str) -> str:
        return Custody.from_settings().seal(text, context=context_of(_owner.get()))

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; raise accounts.custody.Unsealable when its key is gone or it is somebody else's."""
        return Custody.from_settings().open(encrypted_text, context=context_of(_owner.get()))

    def get_totp_issuer(self) -> str:
        return f"Daypass {host()}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": host(), "name": "Daypass"}

    def _get_user_identifier(self, user: User) -> str:
        return user.label

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send none: the ledger and the person's own page tell."""
