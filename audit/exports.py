"""Sessions and events as CSV and JSON Lines, streamed: the first row leaves before the last one is read."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from audit.models import Event
from credentials.models import IssuedSession

AT_ONCE = 1000
# What a spreadsheet takes for the start of a formula (OWASP, "CSV injection"), full-width forms too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - the look-alikes are the point
Row = dict[str, Any]

EVENT_FIELDS = (
    "id",
    "occurred_at",
    "tag",
    "actor_id",
    "actor_name",
    "sign_in_id",
    "subject",
    "subject_id",
    "address",
    "client",
    "reference",
    "details",
    "version",
)
SESSION_FIELDS = (
    "id",
    "created_at",
    "state",
    "delivery",
    "method",
    "role_arn",
    "principal",
    "session_name",
    "source_identity",
    "duration",
    "region",
    "reason",
    "address",
    "user_agent",
    "door",
    "reference",
    "settled_at",
    "expires_at",
    "access_key_id",
    "assumed_role_id",
    "sts_request_id",
    "error_code",
)


def event_rows(events: QuerySet[Event]) -> Iterator[Row]:
    """Yield events, latest first, some at a time by key: no long transaction, no offset that grows."""
    rest = events.order_by("-pk")
    while chunk := list(rest[:AT_ONCE]):
        for event in chunk:
            yield _row(event, EVENT_FIELDS)
        rest = rest.filter(pk__lt=chunk[-1].pk)


def session_rows(sessions: QuerySet[IssuedSession]) -> Iterator[Row]:
    """Yield sessions in the same way, by time and key."""
    rest = sessions.select_related("user").order_by("-created_at", "-pk")
    while chunk := list(rest[:AT_ONCE]):
        for session in chunk:
            yield {"person": session.user.label, **_row(session, SESSION_FIELDS)}
        last = chunk[-1]
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        rest = rest.filter(older, created_at__lte=last.created_at)


def _row(thing: Event | IssuedSession, fields: tuple[str, ...]) -> Row:
    values = {name: getattr(thing, name) for name in fields}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def as_jsonl(rows: Iterable[Row]) -> Iterator[str]:
    """Write one JSON object on each line."""
    for row in rows:
        yield json.dumps(row, default=str) + "\n"


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Write RFC 4180 with a header; an export without rows is empty."""
    writer = csv.writer(_Line())
    for number, row in enumerate(rows):
        if number == 0:
            yield writer.writerow(row)
        yield writer.writerow(_cell(value) for value in row.values())


def _cell(value: Any) -> str:
    """Return the text of a cell; one that a spreadsheet would run gets an apostrophe in front."""
    text = json.dumps(value) if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


FORMATS: dict[str, tuple[str, Callable[[Iterable[Row]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", as_jsonl),
}
