"""What is known of the calls behind one question: how many went out, and whether an answer was lost on its way."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event, Finding
from audit.review import audit_session
from credentials.issue import IssueRefused
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.conftest import MakeRole
from tests.credentials.conftest import point, take
from tests.credentials.stub import Stub, assumed

State = IssuedSession.State
PROXY = b"<html>Bad gateway</html>"
ERROR = b"<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>"


def fate(sign_in: SignIn, role: Role) -> str:
    """Take the role, be refused, and return what became of the session."""
    with pytest.raises(IssueRefused):
        take(sign_in, role)
    return IssuedSession.objects.get().state


def told() -> Event:
    return Event.objects.filter(tag__startswith="credentials:").latest("pk")


def outcomes() -> list[str]:
    return [call["outcome"] for call in told().details["each_call"]]


@pytest.mark.parametrize("fault", ["hang", "drop"])
def test_an_answer_that_was_lost_leaves_the_fate_unknown(
    local_aws: RunningAws, hasty: None, s3_read_only: Role, alice: SignIn, fault: str
) -> None:
    local_aws.fault("AssumeRole", fault, seconds=15)
    assert fate(alice, s3_read_only) == State.ABANDONED
    session = IssuedSession.objects.get()
    assert (told().tag, session.error_code) == ("credentials:session:lose", "Unreachable")
    assert (session.get_state_display(), session.settled_at is None) == ("Fate unknown", False)
    audit_session(session_id=str(session.pk))
    assert [finding.kind for finding in Finding.objects.all()] == [Finding.Kind.ABANDONED]


@pytest.mark.parametrize("scheme", ["http://127.0.0.1:9", "https://{address}"])
def test_where_no_connection_came_about_nothing_was_asked(
    stub: Stub, hasty: None, s3_read_only: Role, alice: SignIn, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    url = scheme.format(address=stub.url.removeprefix("http://"))  # a server that speaks no TLS
    point(monkeypatch, url, aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s")
    assert (fate(alice, s3_read_only), told().tag) == (State.FAILED, "credentials:session:fail")


@pytest.mark.parametrize(
    ("status", "body", "headers", "state"),
    [
        (200, b"", {}, State.ABANDONED),
        (200, PROXY, {}, State.ABANDONED),
        (200, assumed(SecretAccessKey=""), {}, State.ABANDONED),
        (302, b"", {}, State.FAILED),
        (403, b"no XML", {}, State.FAILED),
        (499, PROXY, {}, State.FAILED),
        (500, ERROR, {}, State.ABANDONED),
        (502, PROXY, {}, State.ABANDONED),
        (500, ERROR, {"x-amzn-RequestId": "of-aws"}, State.FAILED),
    ],
)
def test_an_answer_tells_whether_there_may_be_a_session(
    stub: Stub, hasty: None, s3_read_only: Role, alice: SignIn, status: int, body: bytes, headers: Any, state: str
) -> None:
    stub.status, stub.body, stub.headers = status, body, headers
    assert fate(alice, s3_read_only) == state


def test_one_call_is_counted_and_told_by_its_own_row(local_aws: RunningAws, s3_read_only: Role, alice: SignIn) -> None:
    take(alice, s3_read_only)
    assert (told().details["calls"], "each_call" in told().details) == (1, False)


@pytest.mark.parametrize(("fault", "outcome"), [("throttle", "Throttling"), ("drop", "ConnectionClosedError")])
def test_what_the_sdk_repeats_is_on_the_record(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, fault: str, outcome: str
) -> None:
    local_aws.fault("AssumeRole", fault, times=1)
    session = take(alice, s3_read_only).session
    assert (session.state, told().details["calls"], outcomes()) == (State.ISSUED, 2, [outcome, "200"])
    assert told().details["each_call"][1] == {
        "region": "us-east-1",
        "outcome": "200",
        "request_id": session.sts_request_id,
    }


def test_a_no_does_not_undo_that_an_earlier_answer_was_lost(
    local_aws: RunningAws, make_role: MakeRole, alice: SignIn
) -> None:
    local_aws.fault("AssumeRole", "drop", times=1)
    assert fate(alice, make_role("Storyteller", "user:alice@example.com")) == State.ABANDONED
    assert (told().details["error_code"], outcomes()) == ("AccessDenied", ["ConnectionClosedError", "AccessDenied"])


def test_the_calls_of_one_question_are_not_those_of_the_next(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn
) -> None:
    for _ in range(2):
        take(alice, s3_read_only)
        assert told().details["calls"] == 1


@pytest.mark.parametrize("name", ["x-amzn-RequestId", "x-amz-request-id"])
def test_a_request_id_that_stands_in_the_header_alone_counts(
    stub: Stub, hasty: None, s3_read_only: Role, alice: SignIn, name: str
) -> None:
    in_an_hour = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stub.body, stub.headers = assumed(Expiration=in_an_hour), {name: "of-aws"}
    session = take(alice, s3_read_only).session
    audit_session(session_id=str(session.pk))
    assert session.sts_request_id == "of-aws"
    assert not Finding.objects.filter(kind=Finding.Kind.INCOMPLETE).exists()


def test_a_refusals_request_id_may_stand_in_the_header_too(
    stub: Stub, hasty: None, s3_read_only: Role, alice: SignIn
) -> None:
    stub.status, stub.body, stub.headers = 400, ERROR, {"x-amzn-RequestId": "of-aws"}
    assert (fate(alice, s3_read_only), told().details["sts_request_id"]) == (State.FAILED, "of-aws")
