"""How many roles one person may take in a minute, over all their sign-ins and doors.

What was taken is on record already, so nothing more is counted: one look at the newest rows, which an index answers.
Two that ask at the same moment may both find the last place free; a limit that is one too generous is still a limit.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from math import ceil

from django.conf import settings
from django.db.models import BigIntegerField, DateTimeField, QuerySet
from django.utils import timezone

from credentials.models import IssuedSession
from portal.compiled import Place, compiled

WINDOW = timedelta(minutes=1)


def seconds_to_wait(user_id: int) -> int:
    """Return 0 while the person may take a role, else in how many seconds they may again."""
    now = timezone.now()
    full = _newest_but(settings.DAYPASS_TAKES_PER_MINUTE)(user=user_id, since=now - WINDOW)
    return max(1, ceil((full[0].created_at + WINDOW - now).total_seconds())) if full else 0


@lru_cache(maxsize=8)
def _newest_but(most: int) -> Callable[..., list[IssuedSession]]:
    """Return the statement that finds the session with which the minute was full, if it is."""

    @compiled(user=BigIntegerField(), since=DateTimeField())
    def find(user: Place, since: Place) -> QuerySet[IssuedSession]:
        newest = IssuedSession.objects.filter(user_id=user, created_at__gt=since).order_by("-created_at")
        return newest.only("id", "created_at")[most - 1 : most]

    return find
