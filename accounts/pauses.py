"""Leave a provider alone after a refresh that failed, for a while that doubles; or one sign-in, if only that failed.

Without it a thousand sign-ins would wait for a provider that is down, one after the other, in the workers that have
other things to do.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import RefreshPause

FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=2)
KEPT = timedelta(days=1)


def pause_after_failure(*, sign_in: str, provider: str, in_trouble: bool) -> None:
    """Let the sign-in rest; and its provider, if that is what is ``in_trouble`` and this is not the one to blame.

    A provider may fail for one sign-in alone, with the words of one that fails for all. So a sign-in that fails again
    and again says nothing of its provider after the first time.
    """
    if pause(sign_in) == 1 and in_trouble:
        pause(provider)


def pause(key: str) -> int:
    """Let ``key``, a provider's name or a sign-in's id, rest: 15 seconds, then twice as long each time, to 2 minutes.

    Return how often it failed. Several who fail at the same time count as one: the pause is prolonged only by a try
    that was made after it.
    """
    now = timezone.now()
    found, _ = RefreshPause.objects.get_or_create(key=key, defaults={"failures": 1, "until": now + FIRST})
    over = RefreshPause.objects.filter(key=key, until__lte=now, failures=found.failures)
    return found.failures + over.update(failures=F("failures") + 1, until=now + length(found.failures + 1))


def length(failures: int) -> timedelta:
    return min(FIRST * (1 << min(failures - 1, 8)), LONGEST)


def resume(*keys: str) -> None:
    """Forget the failures: it answers again."""
    RefreshPause.objects.filter(key__in=keys).delete()


def resting(keys: Iterable[str], now: datetime) -> bool:
    """Tell whether any of these is to be left alone now."""
    return RefreshPause.objects.filter(key__in=list(keys), until__gt=now).exists()


def all_pauses() -> dict[str, datetime]:
    """Return until when each is to be left alone; one whose time is over has failed and was not tried since."""
    return dict(RefreshPause.objects.values_list("key", "until"))


def prune() -> int:
    """Delete what nobody asks for any more, and return how many."""
    deleted, _ = RefreshPause.objects.filter(until__lt=timezone.now() - KEPT).delete()
    return deleted
