"""Each periodic duty leaves a sign of life; silence is told, in time and not before."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit import duties
from audit.models import Duty, Event
from audit.tasks import drain, housekeeping, sweep_sessions
from portal.celery import app
from tests.conftest import Clock
from tests.portal import faults

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MOMENT = timedelta(milliseconds=1)
ALLOWED = {
    "drain the outbox": MINUTE,
    "sweep sessions": 3 * MINUTE,
    "confirm sign-ins": timedelta(seconds=90),
    "keep house": 3 * HOUR,
}


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_noted", {})


def signs(**ago: timedelta) -> None:
    """Let every duty be done now, but for these."""
    Duty.objects.all().delete()
    duties.expect()
    for name, how_long in ago.items():
        Duty.objects.filter(pk=name.replace("_", " ")).update(done_at=timezone.now() - how_long)


def test_every_entry_of_the_schedule_is_expected() -> None:
    assert set(duties.expected()) == set(app.conf.beat_schedule)
    assert {name: duties.expected()[name] for name in ALLOWED} == ALLOWED


def test_an_entry_that_is_added_is_expected_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    signs()
    more = {**app.conf.beat_schedule, "water the plants": {"task": "audit.plants", "schedule": 60}}
    monkeypatch.setitem(app.conf, "beat_schedule", more)
    assert duties.late() == ["water the plants"]


@pytest.mark.parametrize("name", sorted(duties.expected()))
def test_each_is_late_after_its_time_and_not_before(name: str) -> None:
    signs()
    done = Duty.objects.get(pk=name).done_at
    Duty.objects.exclude(pk=name).update(done_at=done + 4 * HOUR)
    allowed = duties.expected()[name]
    assert (duties.late(done + allowed), duties.late(done + allowed + SECOND)) == ([], [name])


@pytest.mark.parametrize("name", sorted(duties.expected()))
def test_each_leaves_its_sign_and_no_other(name: str) -> None:
    signs(**{one.replace(" ", "_"): 4 * HOUR for one in duties.expected()})
    duties.note(app.conf.beat_schedule[name]["task"])
    assert sorted(duties.late()) == sorted(set(duties.expected()) - {name})


def test_whoever_runs_the_task_leaves_the_sign() -> None:
    signs(sweep_sessions=HOUR, keep_house=4 * HOUR)
    sweep_sessions.apply()
    assert duties.late() == ["keep house"]
    housekeeping.apply()
    assert duties.late() == []


def test_a_duty_that_fails_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    signs(sweep_sessions=HOUR)
    monkeypatch.setattr("audit.tasks.sweep", lambda: 1 // 0)
    sweep_sessions.apply()
    assert duties.late() == ["sweep sessions"]


def test_a_duty_that_no_row_knows_leaves_one() -> None:
    Duty.objects.all().delete()
    drain.apply()
    assert set(Duty.objects.values_list("name", flat=True)) == {"drain the outbox"}


def test_what_is_done_each_second_is_written_four_times_a_minute(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    signs(drain_the_outbox=15 * SECOND)
    clock = 1000.0
    monkeypatch.setattr("audit.duties.time.monotonic", lambda: clock)
    with django_assert_num_queries(4):  # a look, and one UPDATE in a transaction
        duties.note("audit.drain")
    clock += 14.9
    with django_assert_num_queries(0):
        duties.note("audit.drain")
    clock += 0.1
    with django_assert_num_queries(1):  # somebody has written it lately
        duties.note("audit.drain")


@pytest.mark.parametrize(("ago", "written"), [(15 * SECOND, True), (15 * SECOND - MOMENT, False)])
def test_a_sign_is_written_anew_after_fifteen_seconds(clock: Clock, ago: timedelta, written: object) -> None:
    signs()
    Duty.objects.filter(pk=duties.PULSE).update(done_at=clock.now - ago)
    before = dict(Duty.objects.values_list("name", "done_at"))
    duties.note("audit.drain")
    assert dict(Duty.objects.values_list("name", "done_at")) == before | ({duties.PULSE: clock.now} if written else {})


@pytest.mark.parametrize(("ago", "told"), [(5 * MINUTE - MOMENT, 0), (5 * MINUTE, 1)])
def test_a_standstill_of_five_minutes_is_on_the_ledger_once(ago: timedelta, told: int, clock: Clock) -> None:
    signs(drain_the_outbox=ago, sweep_sessions=HOUR, keep_house=4 * HOUR)
    was = Duty.objects.get(pk=duties.PULSE).done_at
    for task in ("audit.drain", "audit.drain", "audit.sweep", "audit.keep_house"):
        duties.note(task)
    found = [event.details for event in Event.objects.filter(tag="audit:ledger:gap")]
    assert [(each["since"], each["events_between"]) for each in found] == [
        (was.isoformat(timespec="seconds"), 0)
    ] * told


def test_the_gap_counts_what_was_written_while_celery_stood_still() -> None:
    signs(drain_the_outbox=HOUR)
    for minutes in (90, 30, 10):
        Event.objects.create(tag="x", actor_name="x", occurred_at=timezone.now() - minutes * MINUTE)
    duties.note("audit.drain")
    [event] = Event.objects.filter(tag="audit:ledger:gap")
    assert event.details["events_between"] == 2
    assert event.details["until"] == Duty.objects.get(pk=duties.PULSE).done_at.isoformat(timespec="seconds")


def test_of_two_that_note_at_once_one_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    signs(drain_the_outbox=HOUR)
    row = Duty.objects.filter(pk=duties.PULSE)
    old = row.get().done_at
    duties.note("audit.drain")
    new = row.get().done_at
    monkeypatch.setattr(duties, "_noted", {})
    monkeypatch.setattr("audit.duties.Duty.objects.filter", lambda **wanted: _seen_as(old, **wanted))
    duties.note("audit.drain")
    assert (row.get().done_at, Event.objects.filter(tag="audit:ledger:gap").count()) == (new, 1)


def test_of_two_that_note_a_new_duty_at_once_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    signs(drain_the_outbox=HOUR)
    before = dict(Duty.objects.values_list("name", "done_at"))
    monkeypatch.setattr("audit.duties.Duty.objects.filter", lambda **wanted: _seen_as(None, **wanted))
    duties.note("audit.drain")
    assert dict(Duty.objects.values_list("name", "done_at")) == before


def test_a_sign_is_left_by_one_duty_of_several_that_were_done_at_once() -> None:
    at_once = timezone.now() - HOUR
    signs()
    Duty.objects.update(done_at=at_once)
    duties.note("audit.drain")
    assert set(Duty.objects.filter(done_at=at_once).values_list("name", flat=True)) == {*duties.expected()} - {
        duties.PULSE
    }


def _seen_as(old: Any, **wanted: Any) -> Any:
    """Return the rows as somebody saw them before the other wrote."""

    class Stale:
        def values_list(self, *_: str, **__: bool) -> Any:
            return self

        def first(self) -> Any:
            return old

    return Duty.objects.all().filter(**wanted) if "done_at" in wanted else Stale()


def test_migrating_begins_the_time_of_new_duties_and_of_no_other() -> None:
    signs(sweep_sessions=HOUR)
    Duty.objects.filter(pk="keep house").delete()
    call_command("migrate", verbosity=0)
    assert duties.late() == ["sweep sessions"]


@pytest.mark.django_db(transaction=True)
def test_a_sign_that_cannot_be_written_fails_no_duty() -> None:
    signs(sweep_sessions=HOUR)
    with faults.read_only():
        duties.note("audit.sweep")
    assert duties.late() == ["sweep sessions"]
    duties.note("audit.sweep")
    assert duties.late() == []
