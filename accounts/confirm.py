"""Ask the providers in good time whether their people are still theirs: which sign-ins are due, and one of them asked.

Celery finds and asks. Whatever it loses is found again half a minute later, and what it never finds ends at its limit.
"""

import logging
import random
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts import pauses
from accounts.freshness import CONFIRMED_AT, FIRST_ASK, ask_at, limit, with_confirmed
from accounts.group_problems import PASSING
from accounts.lookup import find
from accounts.models import SignIn
from accounts.renewal import Held, TokenUnavailable, askable, lease, read, renew
from accounts.sessions import end_sign_in, judge

logger = logging.getLogger(__name__)
# So many at a time. Of a provider that failed lately only a few, whoever they are: one of them may be the reason.
AT_ONCE, PROBES = 300, 3


def due(now: datetime) -> list[UUID]:
    """Return the sign-ins to ask about now, those first whose time runs out first: two queries, however many."""
    paused = pauses.all_pauses()
    waiting: dict[UUID, str] = {}
    for key, provider, confirmed_at, groups_problem in _askable(now):
        rests_until = max(paused.get(provider, now), paused.get(str(key), now))
        if ask_at(key, confirmed_at, groups_problem) <= now and rests_until <= now:
            waiting[key] = provider
    troubled = paused.keys() & set(waiting.values())
    spared = {key for provider in troubled for key in _spared([key for key in waiting if waiting[key] == provider])}
    return [key for key in waiting if key not in spared][:AT_ONCE]


def _askable(now: datetime) -> list[tuple[UUID, str, datetime, str]]:
    """Return id, provider, last confirmation and groups' problem of those that can be refreshed and may be due."""
    live = SignIn.objects.filter(ended_at=None, provider__in=askable()).exclude(refresh_token="")
    near = Q(confirmed_at__lte=now - limit() * FIRST_ASK) | Q(groups_problem__in=PASSING)
    found = with_confirmed(live).filter(near & Q(confirmed_at__gt=now - limit())).order_by(CONFIRMED_AT)
    return list(found.values_list("pk", "provider", CONFIRMED_AT, "groups_problem"))


def _spared(keys: list[UUID]) -> set[UUID]:
    """Return all but a few of the sign-ins of a provider that failed lately."""
    return set(keys) - set(random.sample(keys, min(PROBES, len(keys))))


def confirm(key: UUID) -> None:
    """Ask the provider about one sign-in, if that is still due; end it if it is over. Safe to repeat."""
    sign_in, now = find(key), timezone.now()
    if sign_in is None:
        return
    over = judge(sign_in, now)
    if over:
        end_sign_in(sign_in=sign_in, reason=over)
    elif not pauses.resting([sign_in.provider, str(key)], now):
        _confirm(sign_in)


def _confirm(sign_in: SignIn) -> None:
    try:
        with lease(sign_in) as taken:
            if taken and _is_due(sign_in, held := read(sign_in)):
                renew(sign_in, held)
    except TokenUnavailable as error:
        logger.info("Sign-in %s was not confirmed: %s", sign_in.pk, error.code)


def _is_due(sign_in: SignIn, held: Held) -> bool:
    """Look again under the lease: somebody may have asked between."""
    confirmed_at = held.refreshed_at or sign_in.started_at
    return bool(held.refresh_token) and ask_at(sign_in.pk, confirmed_at, sign_in.groups_problem) <= timezone.now()
