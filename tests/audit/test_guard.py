"""A ledger whose triggers are gone, disabled or changed: told by the check, by health, by an event and an alert."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import append_only, duties, guard
from audit.models import Duty, Event, Finding, Job
from audit.record import DAYPASS, record
from audit.runner import run
from audit.tags import Tag
from audit.tasks import guard_ledger
from tests.audit.tampering import tamper, ways

pytestmark = pytest.mark.django_db
WAYS = range(8)


@pytest.fixture(params=WAYS)
def told(request: pytest.FixtureRequest, db: None) -> str:
    """Tamper with the triggers in one way and return what is to be said of it."""
    way, said = list(ways().items())[request.param % len(ways())]
    tamper(way)
    return str(said)


def tags() -> list[str]:
    return [tag for tag in Event.objects.order_by("id").values_list("tag", flat=True) if tag.startswith("audit:ledger")]


def test_a_guarded_ledger_has_no_problems() -> None:
    assert append_only.problems(connection) == []


def test_each_way_is_found_and_mended(told: str) -> None:
    assert append_only.problems(connection) == [told]
    append_only.install(connection)
    assert append_only.problems(connection) == []


def test_it_is_a_failed_check(told: str) -> None:
    with pytest.raises(CommandError, match=f"The ledger can be changed: {told}"):
        call_command("check", databases=["default"], stderr=StringIO())


def test_a_guarded_ledger_and_an_unasked_check_are_silent() -> None:
    call_command("check", databases=["default"], stderr=StringIO())
    append_only.remove(connection)
    call_command("check", stderr=StringIO())
    append_only.install(connection)


def test_health_tells_but_turns_nobody_away(client: Client, told: str) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ledger"]) == (200, "failed")


def test_people_are_told_once_and_when_it_is_well_again(told: str, settings: Any) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    for _ in range(2):
        guard_ledger.apply()
    [event] = Event.objects.filter(tag=Tag.LEDGER_UNGUARD)
    assert told in event.details["text"]
    run(Job.objects.get(task="flag_event").pk, 0)
    assert (Finding.objects.get().event_id, Finding.objects.get().kind) == (event.pk, "ledger_unguarded")
    assert Job.objects.filter(task="tell_mail").count() == 1
    append_only.install(connection)
    for _ in range(2):
        guard_ledger.apply()
    assert tags() == ["audit:ledger:unguard", "audit:ledger:guard"]


def test_a_second_time_is_told_again() -> None:
    for problems in ([], ["one"], ["two"], [], ["three"]):
        guard.settle(problems)
    assert tags() == ["audit:ledger:unguard", "audit:ledger:guard", "audit:ledger:unguard"]


def test_a_migrate_that_mends_it_tells_all_the_same(told: str) -> None:
    call_command("migrate", verbosity=0, skip_checks=False)
    assert tags() == ["audit:ledger:unguard", "audit:ledger:guard"]
    assert told in Event.objects.get(tag=Tag.LEDGER_UNGUARD).details["text"]
    call_command("migrate", verbosity=0)
    assert (len(tags()), append_only.problems(connection)) == (2, [])


def test_nothing_is_told_of_a_migrate_that_finds_all_well() -> None:
    call_command("migrate", verbosity=0)
    assert tags() == []


def test_a_restore_is_marked_from_the_last_event_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_noted", {})
    record(Tag.SIGN_IN_START, actor=DAYPASS)
    Event.objects.create(tag="x", actor_name="x", occurred_at=timezone.now() - timedelta(hours=2))
    last = Event.objects.first()
    assert last is not None
    Duty.objects.update(done_at=timezone.now() - timedelta(hours=2))
    out = StringIO()
    call_command("note_restore", stdout=out)
    duties.note("audit.drain")
    [event] = Event.objects.filter(tag=Tag.LEDGER_GAP)
    told = {name: event.details[name] for name in ("cause", "last_event", "since")}
    expected = {"cause": "restore", "last_event": last.pk, "since": last.occurred_at.isoformat(timespec="seconds")}
    assert (told, duties.late()) == (expected, [])
    assert f"events since {last.occurred_at:%Y-%m-%d %H:%M:%S} UTC are missing" in out.getvalue()


def test_a_restored_ledger_without_any_event_is_marked_too() -> None:
    call_command("note_restore", stdout=StringIO())
    [event] = Event.objects.filter(tag=Tag.LEDGER_GAP)
    assert event.details["last_event"] == 0
