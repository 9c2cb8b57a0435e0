"""Set up an authenticator app: a secret that waits, sealed, until the app's first code proves that it arrived."""

import time
from dataclasses import dataclass, field
from typing import Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.safestring import SafeString, mark_safe

from accounts.custody import Custody, Unsealable
from accounts.models import User
from accounts.second_factor.adapter import context_of, secrets_of
from accounts.second_factor.codes import CodeRefused, Verdict, step_of

PENDING_KEY: Final = "pending_totp"
GOOD_FOR = 900  # seconds


@dataclass(frozen=True)
class SetUp:
    """What the person brings into their app: by camera (SVG), or typed."""

    svg: SafeString = field(repr=False)
    secret: str = field(repr=False)

    @property
    def typed(self) -> str:
        """Return the secret in groups of four, as apps take it."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def begin(session: SessionBase, user: User) -> SetUp:
    """Return the set-up that waits in this session, or a new one; a reload does not spoil what was scanned."""
    secret = _pending(session, user)
    if not secret:
        secret = generate_totp_secret()
        sealed = Custody.from_settings().seal(secret, context=_context(user))
        session[PENDING_KEY] = {"sealed": sealed, "at": time.time()}
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    # Inline, because the content policy takes no data: images; qrcode draws nothing but one path of numbers.
    return SetUp(svg=mark_safe(drawn.partition("?>")[2]), secret=secret)  # noqa: S308


def complete(session: SessionBase, user: User, code: str) -> Authenticator:
    """Keep the app if the code is one of its own, which is then spent; raise CodeRefused."""
    secret = _pending(session, user)
    step = step_of(secret, code) if secret else None
    if step is None:
        raise CodeRefused(Verdict.WRONG)
    try:
        with transaction.atomic(), secrets_of(user.pk):
            made = TOTP.activate(user, secret).instance
            made.data["last_step"] = step
            made.save(update_fields=["data"])
    except IntegrityError:
        raise CodeRefused(Verdict.NONE) from None  # another tab was first: a person has one app
    del session[PENDING_KEY]
    return made


def _pending(session: SessionBase, user: User) -> str:
    kept = session.get(PENDING_KEY)
    if not kept or time.time() - kept["at"] > GOOD_FOR:
        return ""
    try:
        return Custody.from_settings().open(kept["sealed"], context=_context(user))
    except Unsealable:
        return ""


def _context(user: User) -> str:
    return f"{context_of(user.pk)}:pending"
