"""The container credentials protocol, and one call of STS for a herd."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.sessions import end_sign_in, judge
from audit.models import Event
from audit.record import Origin
from credentials import refusals
from credentials.issue import IssueRefused
from credentials.models import IssuedSession
from credentials.secret import Credentials
from demo.aws.testing import RunningAws
from roles.access import grant_for
from roles.models import Role, RoleMapping
from sdk import sharing
from sdk.authorizations import end
from sdk.container import make_token
from sdk.issuing import sentence_of
from sdk.models import AccessToken, Authorization, SharedAnswer
from tests.conftest import PRODUCTION, SANDBOX, MakeRole
from tests.credentials.conftest import local_aws, running_aws, s3_read_only
from tests.credentials.test_record import failing
from tests.sdk.conftest import Admit, Answer, Clock, seen

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["local_aws", "running_aws", "s3_read_only"]  # the fixtures of the room that issues
PATH = f"/sdk/credentials/{SANDBOX}/S3ReadOnly"


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stop the clock by which answers are shared: a slow machine takes longer than five seconds between two."""
    now = time.time()
    stopped = SimpleNamespace(**vars(time) | {"time": lambda: now})
    monkeypatch.setattr(sharing, "time", stopped)
    return stopped


@pytest.fixture
def token(alice: SignIn, s3_read_only: Role, local_aws: RunningAws) -> str:
    return token_for(alice)


def token_for(sign_in: SignIn, hours: int = 1) -> str:
    grant = grant_for(sign_in=sign_in, account_id=SANDBOX, role_name="S3ReadOnly")
    until = timezone.now() + timedelta(hours=hours)
    return make_token(sign_in=sign_in, grant=grant, name="ci", expires_at=until, origin=Origin("192.0.2.1", "Firefox"))


def ask(token: str, path: str = PATH, address: str = "127.0.0.1") -> Answer:
    try:
        client = Client(REMOTE_ADDR=address, headers={"authorization": f"Bearer {token}"})
        return seen(client.get(path))
    finally:
        connection.close()  # of this thread


def test_credentials_come_as_the_protocol_says(token: str) -> None:
    answer = ask(token)
    assert (answer.status, sorted(answer.body)) == (
        200,
        ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"],
    )
    session = IssuedSession.objects.get()
    assert (session.access_key_id, session.door) == (answer.body["AccessKeyId"], "sdk")
    assert session.expires_at
    assert answer.body["Expiration"] == session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.lane("postgresql")  # SQLite in memory, which the other run uses, knows no second writer
def test_a_herd_shares_one_call(token: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, [token] * 24))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["SecretAccessKey"] for answer in answers}) == 1
    assert IssuedSession.objects.count() == 1


def test_it_is_shared_by_the_database_and_no_secret_is_stored(token: str) -> None:
    first = ask(token)
    assert ask(token).body == first.body
    assert IssuedSession.objects.count() == 1
    kept = SharedAnswer.objects.get()
    assert [value for value in first.body.values() if value in kept.sealed] == []
    with pytest.raises(InvalidTag):
        sharing._open(kept.sealed, kept.key, "x" * 43)


def test_an_answer_is_shared_for_seconds_only(token: str) -> None:
    first = ask(token)
    SharedAnswer.objects.update(claimed_at=0)
    assert ask(token).body["AccessKeyId"] != first.body["AccessKeyId"]


def test_an_answer_that_cannot_be_left_for_others_is_given_all_the_same(token: str) -> None:
    with failing('UPDATE "sdk_sharedanswer"'):
        assert ask(token).status == 200
    assert IssuedSession.objects.get().state == "issued"


def test_a_refusal_is_shared_as_well(token: str, local_aws: RunningAws) -> None:
    local_aws.fault("AssumeRole", "throttle", times=9)
    first = ask(token)
    assert (first.status, first.error) == (429, "TooManyRequestsException")
    assert ask(token).body == first.body
    assert IssuedSession.objects.count() == 1


def test_another_address_asks_for_itself_and_is_on_the_ledger(token: str) -> None:
    here, there = ask(token), ask(token, address="192.0.2.7")
    assert here.body["AccessKeyId"] != there.body["AccessKeyId"]
    assert ask(token).body == here.body
    issued = Event.objects.filter(tag="credentials:session:issue").order_by("pk")
    assert [event.address for event in issued] == ["127.0.0.1", "192.0.2.7"]


def test_an_answer_is_not_handed_on_after_its_mapping_is_gone(token: str) -> None:
    assert ask(token).status == 200
    RoleMapping.objects.all().delete()
    answer = ask(token)
    assert (answer.status, answer.error) == (403, "ForbiddenException")
    refusal = Event.objects.get(tag="credentials:session:refuse")
    assert refusal.reference in answer.body["message"]


@pytest.mark.parametrize("change", [{"requires_reason": True}, {"step_up": "second_factor"}])
def test_an_answer_is_not_handed_on_once_its_role_asks_for_more(token: str, change: dict[str, object]) -> None:
    assert ask(token).status == 200
    Role.objects.update(**change)
    assert ask(token).status in {400, 403}
    assert Event.objects.filter(tag="credentials:session:refuse").count() == 1


def test_who_waited_is_looked_at_again(token: str, alice: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends the sign-in while an answer is awaited ends the wait with nothing."""
    assert ask(token).status == 200
    awaited = sharing._awaited

    def slow(key: str, own: str) -> Credentials:
        end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_PERSON)
        return awaited(key, own)

    monkeypatch.setattr(sharing, "_awaited", slow)
    assert (ask(token).status, IssuedSession.objects.count()) == (401, 1)


@pytest.mark.parametrize(("seconds", "how"), [(4.9, "shared"), (5, "asked")])
def test_an_answer_is_shared_for_five_seconds(token: str, moment: SimpleNamespace, seconds: float, how: str) -> None:
    first, later = ask(token), moment.time() + seconds
    moment.time = lambda: later
    assert (ask(token).body["AccessKeyId"] != first.body["AccessKeyId"]) is (how == "asked")


def test_who_waits_for_an_answer_that_never_comes_gives_up(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(token)
    SharedAnswer.objects.update(sealed="", claimed_at=time.time() + 60)
    waited: list[float] = []
    clock = SimpleNamespace(time=time.time, monotonic=lambda: sum(waited), sleep=waited.append)
    monkeypatch.setattr(sharing, "time", clock)
    answer = ask(token)
    assert (answer.status, answer.error) == (503, "ServiceUnavailableException")
    assert (round(sum(waited)), waited[0], IssuedSession.objects.count()) == (15, 0.05, 1)


def test_a_token_for_one_role_takes_no_other_that_its_person_may_take(
    token: str, s3_read_only: Role, make_role: MakeRole, admitted: Admit, alice: SignIn
) -> None:
    make_role("Admin", "user:alice@example.com")
    make_role("S3ReadOnly", "user:alice@example.com", account=PRODUCTION)
    for path in (f"/sdk/credentials/{SANDBOX}/Admin", f"/sdk/credentials/{PRODUCTION}/S3ReadOnly"):
        answer = ask(token, path)
        assert (answer.status, answer.body["message"]) == (
            403,
            "This token is for another role. Use the address that it was shown with.",
        )
    assert IssuedSession.objects.count() == 0


def test_no_token_opens_the_other_door(token: str, admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    query = {"account_id": SANDBOX, "role_name": "S3ReadOnly"}
    for path in ("/assignment/accounts", "/assignment/roles", "/federation/credentials"):
        assert tool.get(path, token, **query).status == 401
    assert tool.logout(token).status == 401
    assert (ask(tool.tokens["accessToken"]).status, ask(token).status) == (401, 200)


@pytest.mark.parametrize("token_of", ["nobody", "another door", "an ended one"])
def test_who_has_no_token_is_told_where_to_make_one(token: str, admitted: Admit, alice: SignIn, token_of: str) -> None:
    Authorization.objects.update(ended_at=timezone.now())
    shown = {"nobody": "x" * 43, "another door": admitted(alice).tokens["accessToken"], "an ended one": token}
    answer = ask(shown[token_of])
    assert (answer.status, answer.error) == (401, "UnauthorizedException")
    assert answer.body["message"].endswith(
        f"Make a new one in your browser: http://testserver/roles/{SANDBOX}/S3ReadOnly/token/"
    )
    assert "aws sso login" not in answer.body["message"]


@pytest.mark.parametrize("path", ["x/y", f"{SANDBOX}/a b", f"{SANDBOX}/", f"{SANDBOX[1:]}/S3ReadOnly"])
def test_a_path_that_names_no_role_is_not_repeated(path: str) -> None:
    said = seen(Client().get(f"/sdk/credentials/{path}")).body["message"]
    assert said.endswith("in your browser: http://testserver/")


def test_a_role_that_asks_for_presence_names_the_way_to_a_new_token(token: str) -> None:
    Role.objects.update(step_up="second_factor")
    said = ask(token).body["message"]
    assert "aws sso login" not in said
    assert f"make a new token at http://testserver/roles/{SANDBOX}/S3ReadOnly/token/ afterwards" in said


def test_a_sign_in_that_aws_finds_too_old_names_the_way_to_a_new_token(token: str, local_aws: RunningAws) -> None:
    refused = IssueRefused(refusals.TOO_OLD, "DP-BCDF-GHJK")
    container, cli = (sentence_of(refused, (SANDBOX, "Admin"), container=kind) for kind in (True, False))
    page = f"http://testserver/roles/{SANDBOX}/Admin/token/"
    assert container == f"Your sign-in is too old for AWS. Make a new token at {page}. Reference DP-BCDF-GHJK."
    assert cli == "Your sign-in is too old for AWS. Run `aws sso login` again. Reference DP-BCDF-GHJK."


def test_making_a_token_is_on_the_ledger(alice: SignIn, s3_read_only: Role) -> None:
    token_for(alice)
    made, event = Authorization.objects.get(), Event.objects.get(tag="sdk:tool:authorize")
    assert (event.subject_id, event.actor_id, event.sign_in_id) == (str(made.pk), str(alice.user_id), alice.pk)
    assert event.details == {"kind": "container", "name": "ci", "role": s3_read_only.arn}
    assert (event.address, event.client) == ("192.0.2.1", "web Firefox")
    assert (made.address, made.user_agent, made.name) == ("192.0.2.1", "Firefox", "ci")


@pytest.mark.parametrize("hours", [1, 4])
def test_being_idle_ends_the_sign_in_once_the_token_is_over(
    alice: SignIn, s3_read_only: Role, clock: Clock, hours: int
) -> None:
    token = token_for(alice, hours)
    kept = {"last_seen_at": clock.now - timedelta(hours=5), "refreshed_at": clock.now + timedelta(hours=5)}
    SignIn.objects.update(**kept)
    assert SignIn.objects.get().tools_until == clock.now + timedelta(hours=hours)
    clock.forward(hours=hours, seconds=-0.1)
    assert judge(SignIn.objects.get(), clock.now) is None
    clock.forward(seconds=0.1)
    assert (judge(SignIn.objects.get(), clock.now), ask(token).status) == (SignIn.Ended.IDLE, 401)


def test_the_longest_token_holds_the_sign_in_and_ending_it_leaves_it_to_the_next(
    alice: SignIn, bob: SignIn, s3_read_only: Role, clock: Clock
) -> None:
    token_for(alice, 4)
    token_for(alice, 1)
    four, one = clock.now + timedelta(hours=4), clock.now + timedelta(hours=1)
    seen_until = [SignIn.objects.get(pk=alice.pk).tools_until]
    for until in (four, one):
        end(authorization=Authorization.objects.get(expires_at=until), reason=Authorization.Ended.BY_PERSON)
        seen_until.append(SignIn.objects.get(pk=alice.pk).tools_until)
    assert seen_until == [four, one, None]
    assert SignIn.objects.get(pk=bob.pk).tools_until is None


def test_a_token_ends_with_its_sign_in_its_time_and_its_mapping(token: str, alice: SignIn, clock: Clock) -> None:
    short = token_for(alice)
    AccessToken.objects.filter(authorization=Authorization.objects.latest("created_at")).update(expires_at=clock.now)
    assert ask(short).status == 401
    RoleMapping.objects.all().delete()
    assert ask(token).status == 403
    end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_PERSON)
    assert ask(token).status == 401


def test_a_token_outlives_no_sign_in(alice: SignIn, s3_read_only: Role) -> None:
    token_for(alice, hours=1000)
    assert Authorization.objects.get().expires_at == alice.expires_at


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "bearer x", "Bearer " + "x" * 5000])
def test_a_header_that_is_no_bearer_token(header: str) -> None:
    answer = seen(Client().get(PATH, headers={"authorization": header}))
    assert (answer.status, answer.body["code"]) == (401, "UnauthorizedException")


def test_both_spellings_name_the_error(make_role: MakeRole) -> None:
    body = seen(Client().get(PATH)).body
    assert body["Code"] == body["code"]
    assert body["Message"] == body["message"]
