"""How long a provider's word is good for: within this time it must confirm a sign-in again, or the sign-in ends.

Somebody who was disabled or taken out of a group at the provider has lost access here no later than that
(DAYPASS_IDENTITY_FRESHNESS). A refresh confirms, and so does signing in again at the provider. The break-glass
administrator has no provider that could be asked, and lasts an hour in any case.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.group_problems import PASSING
from accounts.models import SignIn
from accounts.providers import BREAK_GLASS

# Asked from three quarters of the time on, each sign-in at a moment of its own within the next eighth: those who all
# came in at nine are not asked for all in one minute. The last eighth is left for trying again.
FIRST_ASK, SPREAD = 3 / 4, 1 / 8
CONFIRMED_AT = Coalesce("refreshed_at", "started_at")
# Whose groups could not be had for a reason that passes is asked for again sooner: their rights wait for it.
GROUPS_AGAIN = timedelta(minutes=10)


def limit() -> timedelta:
    return timedelta(seconds=settings.DAYPASS_IDENTITY_FRESHNESS)


def confirmed_until(sign_in: SignIn) -> datetime | None:
    """Return when the provider's last word runs out; None for a sign-in that needs none."""
    if sign_in.provider == BREAK_GLASS:
        return None
    return (sign_in.refreshed_at or sign_in.started_at) + limit()


def lasts_until(sign_in: SignIn, *, renewable: bool) -> datetime:
    """Return when a live sign-in ends if nobody ends it before.

    ``renewable``: the provider is asked without the person, so that its word does not run out.
    """
    until = None if renewable else confirmed_until(sign_in)
    return min(until, sign_in.expires_at) if until else sign_in.expires_at


def is_unconfirmed(sign_in: SignIn, now: datetime) -> bool:
    until = confirmed_until(sign_in)
    return until is not None and now >= until


def with_confirmed(sign_ins: QuerySet[SignIn]) -> QuerySet[SignIn]:
    """Let the database know when each was last confirmed, as ``confirmed_at``."""
    return sign_ins.alias(confirmed_at=CONFIRMED_AT)


def unconfirmed(now: datetime) -> Q:
    """Return the same as is_unconfirmed, as a condition on sign-ins that know when they were confirmed."""
    return Q(confirmed_at__lte=now - limit()) & ~Q(provider=BREAK_GLASS)


def ask_at(key: UUID, confirmed_at: datetime, groups_problem: str = "") -> datetime:
    """Return when to ask the provider about this sign-in: the same moment whoever computes it."""
    share: float = (key.int >> 96) / 2**32  # of 1; the key is random
    if groups_problem in PASSING:
        return confirmed_at + min(GROUPS_AGAIN, limit() * FIRST_ASK) * (1 + SPREAD * share)
    return confirmed_at + limit() * (FIRST_ASK + SPREAD * share)
