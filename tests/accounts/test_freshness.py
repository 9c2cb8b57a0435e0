"""How long a provider's word is good for: a sign-in that it does not confirm again ends in time."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.freshness import ask_at, confirmed_until, is_unconfirmed, limit
from accounts.models import SignIn
from accounts.sessions import judge
from accounts.stale import end_stale_sign_ins
from tests.accounts.test_middleware import aged, is_turned_away
from tests.conftest import Browser, Signed

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_it_is_an_hour_unless_somebody_says_otherwise(settings: Settings) -> None:
    assert limit() == HOUR
    settings.DAYPASS_IDENTITY_FRESHNESS = 600
    assert limit() == timedelta(minutes=10)


@pytest.mark.parametrize("refreshed", [None, timedelta(minutes=20)])
def test_it_counts_from_the_providers_last_word(alice: SignIn, refreshed: timedelta | None) -> None:
    alice.refreshed_at = alice.started_at + refreshed if refreshed else None
    until = alice.started_at + (refreshed or timedelta()) + HOUR
    assert confirmed_until(alice) == until
    assert (is_unconfirmed(alice, until - SECOND), is_unconfirmed(alice, until)) == (False, True)
    assert (judge(alice, until - SECOND), judge(alice, until)) == (SignIn.Ended.IDLE, SignIn.Ended.IDLE)
    alice.last_seen_at = until
    assert (judge(alice, until - SECOND), judge(alice, until)) == (None, SignIn.Ended.UNCONFIRMED)


def test_break_glass_has_nobody_to_confirm_it(signed_in: Signed, settings: Settings) -> None:
    settings.DAYPASS_BREAK_GLASS = True
    aged(signed_in("administrator", provider="break-glass"), started_at=3 * HOUR)
    kept = SignIn.objects.get()
    assert (confirmed_until(kept), judge(kept, timezone.now()), end_stale_sign_ins()) == (None, None, 0)


def test_the_request_after_the_limit_finds_nobody(alice: SignIn, browser: Browser) -> None:
    """Whether or not Celery was there."""
    client = browser(alice)
    aged(alice, started_at=HOUR - timedelta(seconds=30))
    assert not is_turned_away(client)
    aged(alice, started_at=HOUR)
    assert is_turned_away(client)
    alice.refresh_from_db()
    assert (alice.end_reason, alice.web_identity_token, alice.refresh_token) == ("unconfirmed", "", "")


def test_the_sweep_ends_what_nobody_asks_for_any_more(signed_in: Signed) -> None:
    old, renewed, fresh = signed_in("alice"), signed_in("bob"), signed_in("charlie")
    aged(old, started_at=HOUR)
    aged(renewed, started_at=2 * HOUR, refreshed_at=timedelta(minutes=59))
    assert end_stale_sign_ins() == 1
    reasons = dict(SignIn.objects.values_list("pk", "end_reason"))
    assert reasons == {old.pk: "unconfirmed", renewed.pk: "", fresh.pk: ""}


@pytest.mark.parametrize(
    ("key", "minutes"), [(UUID(int=0), 45), (UUID(int=2**127), 48.75), (UUID(int=2**128 - 1), 52.5)]
)
def test_each_sign_in_is_asked_about_at_a_moment_of_its_own(key: UUID, minutes: float) -> None:
    now = timezone.now()
    late = ask_at(key, now) - (now + timedelta(minutes=minutes))
    assert abs(late) < timedelta(milliseconds=1)


def test_groups_are_asked_for_again_sooner_where_waiting_helps() -> None:
    now, key = timezone.now(), UUID(int=0)
    assert ask_at(key, now, "unavailable") == now + timedelta(minutes=10)
    assert ask_at(key, now, "not_authorised") == ask_at(key, now, "") == now + timedelta(minutes=45)
