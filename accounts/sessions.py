"""The web session of a sign-in: how it starts, what it is worth now, and how it ends.

The session cookie names a row of Django's session table, which names a SignIn; what is worth something is the SignIn
alone. Ending it therefore takes effect at the next request of every browser and tool that hangs on it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.freshness import is_unconfirmed
from accounts.lookup import find
from accounts.models import SignIn
from accounts.providers import BREAK_GLASS
from audit.record import DAYPASS, Actor, record
from audit.tags import Tag
from portal.http import origin
from portal.outage import may_be_missed

SIGN_IN_KEY = "sign_in"
SEEN_EVERY = timedelta(minutes=1)
WITHOUT_TOKENS = {
    "web_identity_token": "",
    "refresh_token": "",
    "web_identity_token_expires_at": None,
    "refresh_leased_until": None,
}


def current_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the live sign-in that this request acts under, as the middleware attached it."""
    sign_in: SignIn | None = getattr(request, "sign_in", None)
    return sign_in


def sign_in_of(request: HttpRequest) -> SignIn:
    """Return the same where a page is somebody's own; without a sign-in there is nothing to show, nor to find."""
    mine = current_sign_in(request)
    if mine is None:
        raise Http404
    return mine


def stranger(request: HttpRequest, door: str = "web") -> Actor:
    """Return who acts where nobody's sign-in counts, for the ledger."""
    return Actor(user_id="", name="A stranger", origin=origin(request, door=door))


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request, for the ledger; without a sign-in it is a stranger."""
    sign_in = current_sign_in(request)
    if sign_in is None:
        return stranger(request)
    return Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk, origin(request))


def load(session: SessionBase) -> SignIn | None:
    """Return the sign-in that the session names, with its person, in one query; live or not."""
    try:
        key = UUID(session.get(SIGN_IN_KEY, ""))
    except (TypeError, ValueError, AttributeError):
        return None
    return find(key)


def judge(sign_in: SignIn, now: datetime) -> SignIn.Ended | None:
    """Say why the sign-in is worth nothing at this moment; None while it is live.

    A break-glass sign-in does not outlive the switch that let it in, nor any other the last word of its provider.
    """
    if sign_in.ended_at is not None:
        return SignIn.Ended(sign_in.end_reason)
    if not sign_in.user.is_active or (sign_in.provider == BREAK_GLASS and not settings.DAYPASS_BREAK_GLASS):
        return SignIn.Ended.BY_ADMINISTRATOR
    if now >= sign_in.expires_at:
        return SignIn.Ended.TOO_OLD
    kept = sign_in.tools_until is not None and now < sign_in.tools_until
    if is_idle(sign_in, now) and not kept:
        return SignIn.Ended.IDLE
    return SignIn.Ended.UNCONFIRMED if is_unconfirmed(sign_in, now) else None


def is_idle(sign_in: SignIn, now: datetime) -> bool:
    """Tell whether nobody used the portal's pages for too long. That ends the browser's session in any case, and the
    sign-in unless a person's command-line tools hang on it."""
    return now - sign_in.last_seen_at >= timedelta(seconds=settings.DAYPASS_SESSION_IDLE)


def note_seen(sign_in: SignIn, now: datetime) -> None:
    """Remember that the sign-in is in use, at most once a minute however many requests there are."""
    if now - sign_in.last_seen_at >= SEEN_EVERY:
        waiting = SignIn.objects.filter(pk=sign_in.pk, ended_at=None, last_seen_at__lte=now - SEEN_EVERY)
        with may_be_missed("when a sign-in was last seen"):  # who only reads need not wait for a database that writes
            waiting.update(last_seen_at=now)
            sign_in.last_seen_at = now


def end_sign_in(*, sign_in: SignIn, reason: SignIn.Ended, actor: Actor = DAYPASS) -> bool:
    """End a sign-in: drop its tokens and write it on the ledger. Return False if it had ended already.

    The conditional update lets the database pick who ends it, so that two who try leave one event.
    """
    now = timezone.now()
    with transaction.atomic():
        live = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
        won = bool(live.update(ended_at=now, end_reason=reason, **WITHOUT_TOKENS))
        if won:
            record(
                Tag.SIGN_IN_END,
                actor=actor,
                subject="sign_in",
                subject_id=sign_in.pk,
                reason=str(reason),
                person=sign_in.user.label,
                provider=sign_in.provider,
            )
    if won:
        for name, value in {"ended_at": now, "end_reason": str(reason), **WITHOUT_TOKENS}.items():
            setattr(sign_in, name, value)
    return won
