"""GetRoleCredentials: the same act, rules and ledger as in the browser; what only the browser can do is said."""

import pytest

from accounts.models import SignIn
from audit.models import Event
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.conftest import SANDBOX, MakeRole
from tests.credentials.conftest import local_aws, running_aws, s3_read_only
from tests.credentials.test_record import failing
from tests.sdk.conftest import AGENT, Admit, Answer, Tool

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["local_aws", "running_aws", "s3_read_only"]  # the fixtures of the room that issues


def take(tool: Tool, role: str = "S3ReadOnly") -> Answer:
    return tool.get("/federation/credentials", account_id=SANDBOX, role_name=role)


def test_credentials_come_with_milliseconds_and_on_the_ledger(
    admitted: Admit, alice: SignIn, s3_read_only: Role, local_aws: RunningAws
) -> None:
    answer = take(admitted(alice))
    session = IssuedSession.objects.get()
    given = answer.body["roleCredentials"]
    assert session.expires_at
    assert given["expiration"] == int(session.expires_at.timestamp()) * 1000
    assert (given["accessKeyId"], session.door, session.user_agent) == (session.access_key_id, "sdk", AGENT)
    assert Event.objects.get(tag="credentials:session:issue").client == f"sdk {AGENT}"
    assert given["secretAccessKey"] not in str([*Event.objects.values(), *IssuedSession.objects.values()])


def test_a_role_that_asks_for_a_reason_says_where_to_give_it(
    admitted: Admit, alice: SignIn, make_role: MakeRole
) -> None:
    make_role("Careful", "user:alice@example.com", requires_reason=True)
    answer = take(admitted(alice), "Careful")
    assert (answer.status, answer.error) == (400, "InvalidRequestException")
    assert f"http://testserver/roles/{SANDBOX}/Careful/" in answer.body["message"]


def test_a_role_that_asks_for_a_second_factor_says_where_to_show_it(
    admitted: Admit, alice: SignIn, make_role: MakeRole
) -> None:
    make_role("Admin", "user:alice@example.com", step_up="second_factor")
    answer = take(admitted(alice), "Admin")
    assert (answer.status, answer.error) == (403, "ForbiddenException")
    assert answer.body["message"].endswith(f"Confirm at: http://testserver/roles/{SANDBOX}/Admin/step-up/")
    assert IssuedSession.objects.count() == 0


def test_what_the_record_could_not_hold_is_told_by_the_reference_of_the_request(
    admitted: Admit, alice: SignIn, s3_read_only: Role, local_aws: RunningAws, caplog: pytest.LogCaptureFixture
) -> None:
    tool = admitted(alice)
    with failing("UPDATE", "issuedsession"):
        answer = take(tool)
    mark = IssuedSession.objects.get().reference
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert answer.body["message"].endswith(f" {mark}.")
    [line] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert line.endswith(f"failed (OperationalError: server closed the connection unexpectedly), reference {mark}")


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("throttle", 429, "TooManyRequestsException"),
        ("error", 503, "ServiceUnavailableException"),
        ("drop", 503, "ServiceUnavailableException"),
    ],
)
def test_what_aws_refuses_is_told_apart(
    admitted: Admit, alice: SignIn, s3_read_only: Role, local_aws: RunningAws, fault: str, status: int, error: str
) -> None:
    local_aws.fault("AssumeRole", fault, times=20)
    answer = take(admitted(alice))
    assert (answer.status, answer.error) == (status, error)
    assert "Reference DP-" in answer.body["message"]


def test_who_takes_too_much_is_told_when_to_come_back(
    admitted: Admit, alice: SignIn, s3_read_only: Role, local_aws: RunningAws, settings: object
) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 1  # type: ignore[attr-defined]  # pytest-django's settings
    tool = admitted(alice)
    assert take(tool).status == 200
    answer = take(tool)
    assert (answer.status, answer.error) == (429, "TooManyRequestsException")
    assert int(answer.headers["Retry-After"]) > 0
