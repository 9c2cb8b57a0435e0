"""The container credentials protocol, and one call of STS for a herd."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from audit.record import Origin
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.access import grant_for
from roles.models import Role, RoleMapping
from sdk import sharing
from sdk.container import make_token
from sdk.models import AccessToken, Authorization, SharedAnswer
from tests.conftest import SANDBOX, MakeRole
from tests.credentials.conftest import local_aws, running_aws, s3_read_only
from tests.sdk.conftest import Admit, Answer, seen

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["local_aws", "running_aws", "s3_read_only"]  # the fixtures of the room that issues
PATH = f"/sdk/credentials/{SANDBOX}/S3ReadOnly"


@pytest.fixture
def token(alice: SignIn, s3_read_only: Role, local_aws: RunningAws) -> str:
    return token_for(alice)


def token_for(sign_in: SignIn, hours: int = 1) -> str:
    grant = grant_for(sign_in=sign_in, account_id=SANDBOX, role_name="S3ReadOnly")
    until = timezone.now() + timedelta(hours=hours)
    return make_token(sign_in=sign_in, grant=grant, name="ci", expires_at=until, origin=Origin())


def ask(token: str, path: str = PATH) -> Answer:
    try:
        return seen(Client().get(path, headers={"authorization": f"Bearer {token}"}))
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


def test_a_refusal_is_shared_as_well(token: str, local_aws: RunningAws) -> None:
    local_aws.fault("AssumeRole", "throttle", times=9)
    first = ask(token)
    assert (first.status, first.error) == (429, "TooManyRequestsException")
    assert ask(token).body == first.body
    assert IssuedSession.objects.count() == 1


def test_no_token_opens_another_door(token: str, admitted: Admit, alice: SignIn, bob: SignIn) -> None:
    tool = admitted(alice)
    assert tool.get("/assignment/accounts", token).status == 401
    assert ask(tool.tokens["accessToken"]).status == 401
    assert ask(token, f"/sdk/credentials/{SANDBOX}/Admin").status == 403
    assert ask(token, "/sdk/credentials/444455556666/S3ReadOnly").status == 403


def test_a_token_ends_with_its_sign_in_its_time_and_its_mapping(token: str, alice: SignIn) -> None:
    short = token_for(alice)
    AccessToken.objects.filter(authorization=Authorization.objects.latest("created_at")).update(
        expires_at=timezone.now()
    )
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
