"""Signs of life of the periodic duties: each entry of Celery's beat_schedule leaves when it was last done.

A beat that died starts nothing, says nothing and fails nowhere; only the silence tells. Each sign is written at most
four times in the silence that its duty is allowed, however many processes do it.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.models import Duty, Event
from audit.record import DAYPASS, record
from audit.tags import Tag
from portal.celery import app
from portal.outage import may_be_missed

TABLE = "audit_duty"
LEAST = timedelta(minutes=1)  # what a restart of the worker takes must alarm nobody
MISSED = 3  # so many turns in a row may fail
SIGNS = 4  # in the time that is allowed
PULSE = "drain the outbox"  # the most frequent duty: when it pauses, all of Celery does
GAP = timedelta(minutes=5)

_noted: dict[str, float] = {}


def expected() -> dict[str, timedelta]:
    """Return every periodic duty with the silence that it is allowed."""
    return {
        name: max(LEAST, MISSED * timedelta(seconds=entry["schedule"]))
        for name, entry in app.conf.beat_schedule.items()
    }


def expect() -> None:
    """Let the time of every duty that is new begin now."""
    Duty.objects.bulk_create([Duty(name=name) for name in expected()], ignore_conflicts=True)


def late(now: datetime | None = None) -> list[str]:
    """Return the duties that nobody has done for too long, or that nobody ever did."""
    at, done = now or timezone.now(), dict(Duty.objects.values_list("name", "done_at"))
    return [name for name, allowed in expected().items() if name not in done or at - done[name] > allowed]


def note(task: str) -> None:
    """Leave the sign of life of the duties that this task is; it must not fail what was done."""
    for name, allowed in expected().items():
        if app.conf.beat_schedule[name]["task"] == task and _is_time(name, allowed / SIGNS):
            with may_be_missed(f"the duty {name!r}"):
                _note(name, allowed / SIGNS)
                _noted[name] = time.monotonic()


def _is_time(name: str, pause: timedelta) -> bool:
    """Tell without the database whether this process is to look at the sign again."""
    return time.monotonic() - _noted.get(name, float("-inf")) >= pause.total_seconds()


def _note(name: str, pause: timedelta) -> None:
    was, now = Duty.objects.filter(pk=name).values_list("done_at", flat=True).first(), timezone.now()
    if was is None:
        Duty.objects.bulk_create([Duty(name=name, done_at=now)], ignore_conflicts=True)
    elif now - was >= pause:
        with transaction.atomic():
            # As we saw it: of several processes one writes, and one tells of a gap.
            won = Duty.objects.filter(pk=name, done_at=was).update(done_at=now)
            if won and name == PULSE and now - was >= GAP:
                _tell_of_gap(was, now)


def note_restore() -> datetime:
    """Mark that this database is an older copy; return the time of its last event, since when others are missing."""
    now, last = timezone.now(), Event.objects.first()
    since = last.occurred_at if last else now
    with transaction.atomic():
        Duty.objects.update(done_at=now)  # the same gap is not found once more
        _record_gap(since, now, last_event=last.pk if last else 0, cause="restore")
    return since


def _tell_of_gap(since: datetime, until: datetime) -> None:
    """Mark on the ledger that Celery stood still, or that this database is an older copy: both look like this."""
    between = Event.objects.filter(occurred_at__gt=since, occurred_at__lte=until).count()
    _record_gap(since, until, events_between=between, cause="found")


def _record_gap(since: datetime, until: datetime, **told: Any) -> None:
    times = {"since": since.isoformat(timespec="seconds"), "until": until.isoformat(timespec="seconds")}
    record(Tag.LEDGER_GAP, actor=DAYPASS, subject="ledger", **times, **told)
