"""Exports stream everything the filters find, run nothing in a spreadsheet, and stand on the ledger themselves."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from accounts.models import SignIn
from audit import exports
from audit.models import Event
from audit.tags import Tag
from tests.audit.conftest import Taken
from tests.audit.test_views import auditor

__all__ = ["auditor"]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer).decode()


def table(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(client, address))))


def lines(client: Client, address: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text(client, address).splitlines()]


@pytest.mark.parametrize("kind", ["sessions", "events"])
def test_wrong_filters_export_nothing(auditor: Client, kind: str) -> None:
    assert auditor.get(f"/audit/{kind}.csv?since=yesterday").status_code == 400
    assert not Event.objects.filter(tag=Tag.LEDGER_EXPORT).exists()


@pytest.mark.parametrize(
    "address", ["/audit/jobs.csv", "/audit/events.xml", "/audit/events.csv/", "/audit/events.csv%0A"]
)
def test_only_what_is_offered_exists(auditor: Client, address: str) -> None:
    assert auditor.get(address).status_code == 404


@pytest.mark.parametrize(
    "reason",
    ["=HYPERLINK()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"],  # noqa: RUF001 - a look-alike
)
def test_a_spreadsheet_runs_nothing(taken: Taken, alice: SignIn, auditor: Client, reason: str) -> None:
    taken(alice, reason=reason)
    [row] = table(auditor, "/audit/sessions.csv")
    assert row["reason"] == f"'{reason}"
    [line] = lines(auditor, "/audit/sessions.jsonl")
    assert line["reason"] == reason


def test_quotes_and_line_breaks_stay_in_their_cell(taken: Taken, alice: SignIn, auditor: Client) -> None:
    taken(alice, reason='say "hi",\nthen go')
    [row] = table(auditor, "/audit/sessions.csv")
    assert (row["reason"], row["person"]) == ('say "hi",\nthen go', "alice@example.com")


def test_filters_apply(taken: Taken, alice: SignIn, bob: SignIn, auditor: Client) -> None:
    taken(alice), taken(bob)
    assert [row["person"] for row in table(auditor, "/audit/sessions.csv?person=bob")] == ["bob@example.com"]
    found = lines(auditor, "/audit/events.jsonl?person=bob&tag=credentials:session:issue")
    assert [event["actor_name"] for event in found] == ["bob@example.com"]


def test_the_export_stands_on_the_ledger(auditor: Client, audrey: SignIn) -> None:
    auditor.get("/audit/events.csv?person=bob&page=3")
    event = Event.objects.get(tag=Tag.LEDGER_EXPORT)
    assert (event.actor_name, event.subject_id) == ("audrey@example.com", "events")
    assert event.details == {"format": "csv", "filters": {"person": "bob"}}


def test_the_page_offers_the_export_of_its_filters(auditor: Client) -> None:
    urls = auditor.get("/audit/events/?person=bob&page=2&tag=").context["export_urls"]
    assert urls == {"csv": "/audit/events.csv?person=bob", "jsonl": "/audit/events.jsonl?person=bob"}


def test_a_file_to_keep(auditor: Client) -> None:
    answer = auditor.get("/audit/events.jsonl")
    assert answer["Content-Type"] == "application/jsonl; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="daypass-events-20')


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_no_row_is_lost_or_doubled_between_chunks(
    taken: Taken, alice: SignIn, auditor: Client, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", size)
    made = [taken(alice, ago=timedelta(days=place // 2)) for place in range(6)]
    moment = made[0].created_at
    type(made[0]).objects.filter(pk__in=[session.pk for session in made[:4]]).update(created_at=moment)
    rows = lines(auditor, "/audit/sessions.jsonl")
    assert sorted(str(row["id"]) for row in rows) == sorted(str(session.pk) for session in made)
    events = lines(auditor, "/audit/events.jsonl")
    assert len({event["id"] for event in events}) == len(events) == Event.objects.count()


def test_rows_leave_as_they_are_read(
    taken: Taken, alice: SignIn, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[[int], object]
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for _ in range(3):
        taken(alice)
    rows = exports.event_rows(Event.objects.all())
    with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager
        next(rows), next(rows)


def test_secrets_have_no_column() -> None:
    columns = {*exports.SESSION_FIELDS, *exports.EVENT_FIELDS}
    assert not [name for name in columns if "secret" in name or "token" in name]
