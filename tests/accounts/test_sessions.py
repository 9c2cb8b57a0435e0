"""What a sign-in is worth at its edges, and how it ends: once, by whoever was first, and nobody else's with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn, User
from accounts.sessions import end_sign_in, is_idle, judge, load, note_seen, sign_in_of
from audit.models import Event
from audit.record import Actor
from tests.accounts.test_middleware import PAGE, aged, is_turned_away
from tests.conftest import Browser

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ADMINISTRATOR = Actor("1", "Erin")


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.DAYPASS_SESSION_IDLE, settings.DAYPASS_IDENTITY_FRESHNESS = 600, 3600


def sign_in(**values: Any) -> SignIn:
    usual = {"provider": "google", "started_at": NOW, "last_seen_at": NOW, "expires_at": NOW + HOUR}
    return SignIn(user=User(is_active=True), **{**usual, **values})


EDGES: dict[str, tuple[dict[str, Any], SignIn.Ended]] = {
    "its longest duration": ({"expires_at": NOW}, SignIn.Ended.TOO_OLD),
    "idle": ({"last_seen_at": NOW - 600 * SECOND}, SignIn.Ended.IDLE),
    "idle, its tools out": ({"last_seen_at": NOW - 600 * SECOND, "tools_until": NOW}, SignIn.Ended.IDLE),
    "unconfirmed": ({"started_at": NOW - HOUR}, SignIn.Ended.UNCONFIRMED),
    "unconfirmed since": ({"started_at": NOW - 2 * HOUR, "refreshed_at": NOW - HOUR}, SignIn.Ended.UNCONFIRMED),
    "unconfirmed with tools": ({"started_at": NOW - HOUR, "tools_until": NOW + HOUR}, SignIn.Ended.UNCONFIRMED),
    "too old with tools": ({"expires_at": NOW, "tools_until": NOW + HOUR}, SignIn.Ended.TOO_OLD),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_limit_is_met_at_its_second_and_not_before(name: str) -> None:
    values, reason = EDGES[name]
    assert judge(sign_in(**values), NOW) == reason
    assert judge(sign_in(**values), NOW - SECOND) is None


def test_whoever_ended_before_stays_ended_for_that_reason_whatever_else_is_over() -> None:
    ended = sign_in(ended_at=NOW - HOUR, end_reason="left", expires_at=NOW - HOUR)
    assert judge(ended, NOW) == SignIn.Ended.LEFT


def test_break_glass_needs_its_switch_and_no_providers_word(settings: Settings) -> None:
    glass = sign_in(provider="break-glass", started_at=NOW - 2 * HOUR)
    settings.DAYPASS_BREAK_GLASS = True
    assert judge(glass, NOW) is None
    settings.DAYPASS_BREAK_GLASS = False
    assert (judge(glass, NOW), judge(sign_in(), NOW)) == (SignIn.Ended.BY_ADMINISTRATOR, None)


def test_a_browser_is_out_when_idle_while_a_tool_keeps_the_sign_in(
    alice: SignIn, bob: SignIn, browser: Browser
) -> None:
    mine, theirs = browser(alice), browser(bob)
    aged(alice, last_seen_at=600 * SECOND, tools_until=-HOUR)
    assert is_turned_away(mine)
    assert mine.get("/sign-in/").context["notice"].title == "You were signed out after 10 minutes without activity."
    alice.refresh_from_db()
    assert (alice.ended_at, is_idle(alice, timezone.now()), theirs.get(PAGE).status_code) == (None, True, 200)
    assert is_turned_away(mine)


def test_a_second_end_changes_nothing_of_the_first(alice: SignIn, bob: SignIn) -> None:
    late = SignIn.objects.select_related("user").get(pk=alice.pk)
    assert end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_ADMINISTRATOR, actor=ADMINISTRATOR)
    before = SignIn.objects.values().get(pk=alice.pk)
    assert not end_sign_in(sign_in=late, reason=SignIn.Ended.SIGNED_OUT)
    assert SignIn.objects.values().get(pk=alice.pk) == before
    event = Event.objects.get(tag="accounts:sign_in:end")
    assert (event.details["reason"], event.actor_name, event.subject_id) == ("by_administrator", "Erin", str(alice.pk))
    assert (late.ended_at, late.end_reason) == (None, "")


def test_an_end_takes_the_tokens_of_this_sign_in_alone(alice: SignIn, bob: SignIn) -> None:
    SignIn.objects.update(
        web_identity_token="t1.x", refresh_token="t1.y", web_identity_token_expires_at=NOW, refresh_leased_until=NOW
    )
    before = SignIn.objects.values().get(pk=bob.pk)
    alice.refresh_from_db()
    end_sign_in(sign_in=alice, reason=SignIn.Ended.LEFT)
    told = ("web_identity_token", "refresh_token", "web_identity_token_expires_at", "refresh_leased_until")
    assert [getattr(alice, name) for name in told] == ["", "", None, None]
    assert SignIn.objects.values_list(*told, "end_reason").get(pk=alice.pk) == ("", "", None, None, "left")
    assert SignIn.objects.values().get(pk=bob.pk) == before


@pytest.mark.parametrize(("seconds", "noted"), [(59, False), (60, True)])
def test_being_seen_is_noted_from_a_minute_on_for_this_sign_in_alone(
    alice: SignIn, bob: SignIn, *, seconds: int, noted: bool
) -> None:
    now = timezone.now()
    before = now - seconds * SECOND
    SignIn.objects.update(last_seen_at=before)
    alice.refresh_from_db()
    note_seen(alice, now)
    seen = dict(SignIn.objects.values_list("pk", "last_seen_at"))
    assert seen == {alice.pk: now if noted else before, bob.pk: before}
    assert alice.last_seen_at == seen[alice.pk]


def test_neither_an_older_request_nor_an_ended_sign_in_is_noted(alice: SignIn, bob: SignIn) -> None:
    now, before = timezone.now(), timezone.now() - HOUR
    SignIn.objects.filter(pk=alice.pk).update(last_seen_at=now)
    SignIn.objects.filter(pk=bob.pk).update(last_seen_at=before, ended_at=now)
    for each in (alice, bob):
        each.last_seen_at = before
        note_seen(each, now + 30 * SECOND)
    assert dict(SignIn.objects.values_list("pk", "last_seen_at")) == {alice.pk: now, bob.pk: before}


def test_a_note_that_cannot_be_written_fails_no_request(alice: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*arguments: Any, **values: Any) -> int:
        raise OperationalError("read-only")

    before = alice.last_seen_at
    monkeypatch.setattr(QuerySet, "update", down)
    note_seen(alice, timezone.now() + HOUR)
    assert alice.last_seen_at == before


@pytest.mark.parametrize("named", ["", "not-a-uuid", 7, None])
def test_a_session_that_names_none_has_none(alice: SignIn, named: object) -> None:
    session = SessionStore()
    session["sign_in"] = named
    assert load(session) is None
    session["sign_in"] = str(alice.pk)
    assert load(session) == alice


def test_a_page_of_ones_own_is_nowhere_without_a_sign_in(alice: SignIn) -> None:
    request = RequestFactory().get("/")
    with pytest.raises(Http404):
        sign_in_of(request)
    request.sign_in = alice  # type: ignore[attr-defined]  # the middleware's
    assert sign_in_of(request) == alice
