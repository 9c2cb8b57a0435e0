"""Tokens in the wrong hands, at the wrong door, of the wrong kind."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.limits import Limit
from accounts.models import SignIn, User
from audit.models import Event
from sdk import limits
from sdk.models import AccessToken, Authorization, RefreshToken
from tests.conftest import SANDBOX, MakeRole
from tests.sdk.conftest import Admit, Tool, seen

pytestmark = pytest.mark.django_db
FOREIGN = "aoaAAAAAGVyreal-identity-center-token_" + "Z" * 30


def test_a_stolen_refresh_token_beside_the_true_one_is_noticed(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    stolen = tool.tokens["refreshToken"]
    assert tool.refresh(stolen).body["refreshToken"] == tool.refresh().body["refreshToken"]  # one line, not two
    mine = tool.refresh().body
    RefreshToken.objects.filter(used_at__isnull=False).update(used_at=timezone.now() - timedelta(seconds=61))
    tool.tokens = tool.refresh(mine["refreshToken"]).body  # the owner goes on; the thief falls behind
    assert tool.refresh(stolen).error == "InvalidGrantException"
    assert [tool.get("/assignment/accounts").status, tool.refresh().status] == [401, 400]


@pytest.mark.parametrize("kind", ["accessToken", "refreshToken", "clientSecret", "clientId"])
def test_no_secret_does_for_another(admitted: Admit, alice: SignIn, kind: str) -> None:
    tool = admitted(alice)
    secret = {**tool.registered, **tool.tokens}[kind]
    statuses = {
        "accessToken": tool.get("/assignment/accounts", secret).status == 200,
        "refreshToken": tool.refresh(secret).status == 200,
        "deviceCode": tool.token(deviceCode=secret).status == 200,
    }
    assert [name for name, fine in statuses.items() if fine] == ([kind] if kind in statuses else [])


def test_a_foreign_token_at_logout_is_neither_kept_nor_written_down(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = Tool().post("/logout", b"", **{"x-amz-sso-bearer-token": FOREIGN})
    assert (answer.status, answer.error) == (401, "UnauthorizedException")
    assert Event.objects.count() == 0
    assert FOREIGN not in caplog.text + json.dumps(answer.body)


@pytest.mark.parametrize("disable", ["person", "sign-in", "authorization", "access token"])
def test_whatever_ends_beneath_a_token_ends_it(admitted: Admit, alice: SignIn, disable: str) -> None:
    tool = admitted(alice)
    now = timezone.now()
    if disable == "person":
        User.objects.update(is_active=False)
    elif disable == "sign-in":
        SignIn.objects.update(expires_at=now)
    elif disable == "authorization":
        Authorization.objects.update(expires_at=now)
    else:
        AccessToken.objects.update(expires_at=now)
    assert tool.get("/assignment/accounts").error == "UnauthorizedException"


def test_a_sign_in_that_its_provider_does_not_confirm_ends_its_tools(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    SignIn.objects.update(started_at=timezone.now() - timedelta(hours=2))
    assert tool.get("/assignment/accounts").error == "UnauthorizedException"
    assert tool.refresh().error == "InvalidGrantException"


def test_a_token_of_one_person_lists_nothing_of_another(
    admitted: Admit, alice: SignIn, bob: SignIn, make_role: MakeRole
) -> None:
    make_role("Reader", "user:bob@example.com")
    assert admitted(alice).get("/assignment/roles", account_id=SANDBOX).body == {"roleList": []}
    assert len(admitted(bob).get("/assignment/roles", account_id=SANDBOX).body["roleList"]) == 1


@pytest.mark.parametrize("separator", ["/", "\\", ":", ";", "%2F", "\n", "\0", "..", "?", "#", " ", "\u2044"])
def test_names_with_separators_name_nothing(admitted: Admit, alice: SignIn, separator: str) -> None:
    tool = admitted(alice)
    for query in (
        {"account_id": SANDBOX, "role_name": f"a{separator}b"},
        {"account_id": f"1111{separator}2222333", "role_name": "Admin"},
    ):
        assert tool.get("/federation/credentials", **query).status in {400, 403}


def test_one_answer_is_never_anothers(admitted: Admit, alice: SignIn) -> None:
    """The session cookie means nothing here, and no answer sets one."""
    tool = admitted(alice)
    client = Client()
    client.cookies["daypass_session"] = "x" * 32
    assert seen(client.get("/assignment/accounts")).status == 401
    assert "Set-Cookie" not in tool.get("/assignment/accounts").headers


def test_members_that_nobody_knows_are_left_alone(db: None) -> None:
    body = {"clientName": "c", "clientType": "public", "issuerUrl": "https://x.example", "future": {"a": [1]}}
    assert Tool().post("/client/register", body).status == 200


def test_an_address_that_asks_too_often_is_told_when_to_come_back(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTER", Limit("sdk_register", 2, 60))
    answers = [Tool().post("/client/register", {"clientName": "c", "clientType": "public"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert (answers[2].error, "Retry-After" in answers[2].headers) == ("TooManyRequestsException", True)
    assert Event.objects.get().tag == "accounts:limit:exceed"


@pytest.fixture
def two_token_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TOKEN_REFUSAL", Limit("sdk_token_refusal", 2, 60))


def test_who_guesses_tokens_is_told_to_wait_and_neighbours_go_on(
    admitted: Admit, alice: SignIn, two_token_refusals: None
) -> None:
    tool = admitted(alice)
    before = Event.objects.count()
    guesses = [tool.token("refresh_token", refreshToken=FOREIGN) for _ in range(5)]
    assert [guess.error for guess in guesses] == ["InvalidGrantException"] * 2 + ["TooManyRequestsException"] * 3
    assert (int(guesses[2].headers["Retry-After"]) <= 60, tool.refresh().status) == (True, 200)
    assert [event.tag for event in Event.objects.order_by("pk")[before:]] == ["accounts:limit:exceed"]


def test_a_device_that_waits_is_not_counted_as_a_guesser(tool: Tool, two_token_refusals: None) -> None:
    code = tool.start()["deviceCode"]
    assert {tool.token(deviceCode=code).status for _ in range(6)} == {400}
    assert tool.token(deviceCode="x").error == "InvalidGrantException"
