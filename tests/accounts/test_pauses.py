from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import pauses
from accounts.models import RefreshPause

pytestmark = pytest.mark.django_db


def over() -> None:
    RefreshPause.objects.update(until=timezone.now() - timedelta(seconds=1))


def lengths(count: int) -> list[int]:
    """Fail so often, each time after the pause, and return how long each pause was."""
    found = []
    for _ in range(count):
        over()
        began = timezone.now()
        pauses.pause("adfs")
        found.append(round((RefreshPause.objects.get().until - began).total_seconds()))
    return found


def test_a_pause_doubles_up_to_two_minutes() -> None:
    assert lengths(6) == [15, 30, 60, 120, 120, 120]


def test_many_who_fail_at_once_count_as_one() -> None:
    for _ in range(9):
        pauses.pause("adfs")
    assert RefreshPause.objects.get().failures == 1


def test_only_what_failed_rests_and_only_for_its_time() -> None:
    pauses.pause("adfs")
    now = timezone.now()
    assert (pauses.resting(["adfs"], now), pauses.resting(["google", "adfs"], now)) == (True, True)
    assert (pauses.resting(["google"], now), pauses.resting(["adfs"], now + pauses.FIRST)) == (False, False)


def test_an_answer_ends_the_pause_and_its_memory() -> None:
    lengths(3)
    pauses.resume("adfs", "some-sign-in")
    assert lengths(1) == [15]


def test_what_nobody_asks_for_any_more_is_forgotten() -> None:
    pauses.pause("adfs")
    assert pauses.prune() == 0
    RefreshPause.objects.update(until=timezone.now() - timedelta(days=2))
    assert (pauses.prune(), RefreshPause.objects.count()) == (1, 0)
