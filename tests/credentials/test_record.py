"""The database fails at the worst moments: nothing is handed out that is not on the ledger."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test import Client

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from audit.models import Event, Job
from credentials import aws as sts
from credentials.issue import IssueRefused
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from portal.outage import Outage
from roles.models import Role
from tests.conftest import Browser
from tests.credentials.conftest import take
from tests.credentials.stub import Stub, assumed

pytestmark = pytest.mark.django_db(transaction=True)
TAKE = "/roles/111122223333/S3ReadOnly/credentials/"
CONSOLE = "/roles/111122223333/S3ReadOnly/console/"


@contextmanager
def failing(*marks: str, error: type[DatabaseError] = OperationalError) -> Iterator[None]:
    """Let every statement that holds all of these marks fail, by itself as a database that went away."""

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        if all(mark in sql for mark in marks):
            raise error("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def refusal(alice: SignIn, role: Role) -> IssueRefused:
    with pytest.raises(IssueRefused) as caught:
        take(alice, role)
    return caught.value


def why_nothing(alice: SignIn, role: Role) -> str:
    """Take a role in vain; return the refusal's slug, or that the database is down."""
    with pytest.raises((IssueRefused, Outage)) as caught:
        take(alice, role)
    return caught.value.refusal.slug if isinstance(caught.value, IssueRefused) else "down"


@pytest.mark.parametrize(("error", "why"), [(OperationalError, "down"), (IntegrityError, "not-recorded")])
@pytest.mark.parametrize("table", ["credentials_issuedsession", "audit_event"])
def test_without_a_request_on_record_aws_is_not_asked(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, table: str, error: type[DatabaseError], why: str
) -> None:
    with failing("INSERT", table, error=error):
        assert why_nothing(alice, s3_read_only) == why
    assert local_aws.calls() == []
    assert IssuedSession.objects.count() == Event.objects.filter(tag__startswith="credentials:").count() == 0


@pytest.mark.parametrize("marks", [("UPDATE", "issuedsession"), ("INSERT", "audit_job")])
def test_credentials_without_a_record_are_dropped_and_the_row_stays_pending(
    local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn, marks: tuple[str, str]
) -> None:
    client = browser(alice)
    client.raise_request_exception = False
    with failing(*marks):
        answer = client.post(TAKE, {"request_key": uuid4()})
    assert answer.status_code == 503
    assert "ASIA" not in answer.content.decode()
    row = IssuedSession.objects.get()
    assert (row.state, row.access_key_id, row.settled_at) == ("pending", "", None)
    assert len(local_aws.calls("AssumeRole")) == 1
    assert [event.tag for event in Event.objects.filter(tag__startswith="credentials:")] == [
        "credentials:session:request"
    ]
    assert Job.objects.filter(task__in=["audit_session", "expire_session"]).count() == 0


@pytest.mark.parametrize("error", [OperationalError, IntegrityError])
@pytest.mark.parametrize("address", [TAKE, CONSOLE])
def test_page_and_log_say_once_what_the_request_carries(
    stub: Stub, s3_read_only: Role, alice: SignIn, browser: Browser, caplog: Any, address: str, error: Any
) -> None:
    """Whatever failed, and even if the page's own frame could not be read from the database."""
    client, stub.body = browser(alice), assumed()
    client.raise_request_exception = False
    with failing("UPDATE", "issuedsession", error=error):
        answer = client.post(address, {"request_key": uuid4()})
    mark = IssuedSession.objects.get().reference
    assert (answer.status_code, answer.headers["Retry-After"], mark in answer.content.decode()) == (503, "30", True)
    [line] = [record.getMessage() for record in caplog.records if record.levelno > logging.WARNING]
    assert (error.__name__ in line, line.rpartition("reference ")[2]) == (True, mark)


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(
    local_aws: RunningAws, s3_read_only: Role, charlie: SignIn
) -> None:
    with failing("INSERT", "audit_event"):
        assert why_nothing(charlie, s3_read_only) == "down"
    assert local_aws.calls() == []


def test_a_console_that_cannot_be_recorded_is_not_opened(
    local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn, settings: Any
) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    client, seen = browser(alice), []
    client.raise_request_exception = False

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        if "console:open" in str(params):
            seen.append(sql)
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        answer = client.post(CONSOLE, {"request_key": uuid4()})
    assert (answer.status_code, len(seen)) == (503, 1)
    assert "SigninToken" not in answer.content.decode()


def test_no_transaction_is_open_while_aws_is_asked(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bool] = []
    asked = sts.take

    def watched(*args: Any, **values: Any) -> sts.Answer:
        found.append(connection.in_atomic_block)
        return asked(*args, **values)

    monkeypatch.setattr(sts, "take", watched)
    take(alice, s3_read_only)
    assert found == [False]


def test_inside_a_transaction_nothing_is_issued(local_aws: RunningAws, s3_read_only: Role, alice: SignIn) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        take(alice, s3_read_only)
    assert local_aws.calls() == []


def test_a_session_given_up_meanwhile_is_not_handed_out(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sts.take

    def slow(*args: Any, **values: Any) -> sts.Answer:
        answer = asked(*args, **values)
        IssuedSession.objects.update(state="abandoned")
        return answer

    monkeypatch.setattr(sts, "take", slow)
    assert refusal(alice, s3_read_only).refusal.slug == "too-late"
    assert IssuedSession.objects.get().state == "abandoned"


def test_what_aws_gave_is_dropped_when_the_sign_in_ended_meanwhile(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sts.take

    def slow(*args: Any, **values: Any) -> sts.Answer:
        answer = asked(*args, **values)
        end_sign_in(sign_in=SignIn.objects.get(), reason=SignIn.Ended.LEFT)
        return answer

    monkeypatch.setattr(sts, "take", slow)
    assert refusal(alice, s3_read_only).refusal.slug == "sign-in-ended"
    assert IssuedSession.objects.get().state == "pending"
    told = Event.objects.get(tag="credentials:session:refuse").details["why"]
    assert told == "the sign-in ended while AWS was asked"


@pytest.mark.lane("postgresql")  # SQLite in memory, which the other run uses, knows no second writer
def test_a_double_click_is_one_request(
    local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn
) -> None:
    clients: list[Client] = [browser(alice) for _ in range(4)]
    key, statuses, start = str(uuid4()), [], threading.Barrier(4)

    def click(client: Client) -> None:
        start.wait()
        statuses.append(client.post(TAKE, {"request_key": key}).status_code)
        connection.close()

    threads = [threading.Thread(target=click, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert (IssuedSession.objects.count(), len(local_aws.calls("AssumeRole"))) == (1, 1)
