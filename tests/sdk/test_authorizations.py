"""What a tool holds over time: signing in anew, signing out, renewing, and what hangs on the sign-in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event
from sdk.authorizations import end, hold_sign_in
from sdk.models import AccessToken, Authorization, AuthorizationCode, RefreshToken, Registration
from tests.conftest import Browser, Signed
from tests.sdk.conftest import AGENT, Admit, Clock

pytestmark = pytest.mark.django_db
ACCOUNTS = "/assignment/accounts"


def test_signing_in_anew_ends_what_the_tool_held_after_a_minute(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    tool = admitted(alice)
    before = tool.tokens
    admitted(alice, tool)
    clock.forward(seconds=59.9)
    running = tool.refresh(before["refreshToken"])
    assert (tool.get(ACCOUNTS, before["accessToken"]).status, running.body["expiresIn"]) == (200, 0)
    clock.forward(seconds=0.1)
    assert [tool.get(ACCOUNTS, before["accessToken"]).status, tool.refresh(before["refreshToken"]).status] == [401, 400]
    assert [tool.get(ACCOUNTS).status, tool.refresh().status] == [200, 200]
    assert [e.details["reason"] for e in Event.objects.filter(tag="sdk:tool:end")] == ["replaced"]


def test_signing_in_anew_ends_nothing_of_another_tool_or_person(
    admitted: Admit, alice: SignIn, bob: SignIn, clock: Clock
) -> None:
    tool, beside = admitted(alice), admitted(alice)
    mine = tool.tokens
    admitted(bob, tool)  # one computer, two people
    clock.forward(minutes=5)
    assert [tool.get(ACCOUNTS, mine["accessToken"]).status, beside.get(ACCOUNTS).status] == [200, 200]
    assert Event.objects.filter(tag="sdk:tool:end").count() == 0


def test_a_sign_in_of_the_same_person_counts_as_the_same(admitted: Admit, signed_in: Signed, clock: Clock) -> None:
    tool = admitted(signed_in("alice"))
    before = tool.tokens["accessToken"]
    admitted(signed_in("alice"), tool)
    clock.forward(minutes=1)
    assert tool.get(ACCOUNTS, before).status == 401


def test_logging_out_ends_all_that_the_tool_holds_at_once(admitted: Admit, alice: SignIn, bob: SignIn) -> None:
    tool, beside, bobs = admitted(alice), admitted(alice), admitted(bob)
    before = tool.tokens
    admitted(alice, tool)
    assert (tool.logout().status, tool.logout().status) == (200, 401)
    held = [before["accessToken"], tool.tokens["accessToken"]]
    assert [tool.get(ACCOUNTS, token).status for token in held] == [401, 401]
    assert tool.refresh(before["refreshToken"]).error == "InvalidGrantException"
    assert [beside.get(ACCOUNTS).status, bobs.get(ACCOUNTS).status] == [200, 200]
    ends = Event.objects.filter(tag="sdk:tool:end").order_by("pk")
    assert [e.details["reason"] for e in ends] == ["replaced", "logged_out"]  # the first reason stands


def test_logging_out_by_what_was_replaced_ends_the_new_one_too(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    before = tool.tokens["accessToken"]
    admitted(alice, tool)
    assert tool.logout(before).status == 200
    assert tool.get(ACCOUNTS).status == 401


def test_logging_out_works_with_a_token_that_is_over(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    tool = admitted(alice)
    clock.forward(minutes=61)
    SignIn.objects.update(refreshed_at=clock.now)
    assert tool.get(ACCOUNTS).status == 401
    assert tool.logout().status == 200
    assert tool.refresh().error == "InvalidGrantException"


@pytest.mark.parametrize(("seconds", "status"), [(3599.9, 200), (3600, 401)])
def test_an_access_token_lasts_an_hour(
    admitted: Admit, alice: SignIn, clock: Clock, seconds: float, status: int
) -> None:
    tool = admitted(alice)
    assert tool.tokens["expiresIn"] == 3600
    clock.forward(seconds=seconds)
    SignIn.objects.update(refreshed_at=clock.now)
    assert tool.get(ACCOUNTS).status == status


@pytest.mark.parametrize(("seconds", "status", "reason"), [(60, 200, ""), (60.1, 400, "misused")])
def test_a_used_refresh_token_has_a_minute(
    admitted: Admit, alice: SignIn, bob: SignIn, clock: Clock, seconds: float, status: int, reason: str
) -> None:
    tool, other = admitted(alice), admitted(bob)
    first = tool.tokens["refreshToken"]
    tool.tokens = tool.refresh().body
    clock.forward(seconds=seconds)
    assert tool.refresh(first).status == status
    assert [one.end_reason for one in Authorization.objects.order_by("created_at")] == [reason, ""]
    assert [tool.get(ACCOUNTS).status, other.get(ACCOUNTS).status] == [200 if status == 200 else 401, 200]


def test_a_copied_refresh_token_is_noticed_while_nothing_is_given(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    tool = admitted(alice)
    tool.refresh()
    clock.forward(hours=2)  # the provider has not confirmed the sign-in, and may do so yet
    assert tool.refresh().error == "InvalidGrantException"
    assert Authorization.objects.get().end_reason == "misused"


def test_an_access_token_outlives_no_sign_in(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    SignIn.objects.update(expires_at=clock.now + timedelta(minutes=10))
    alice.refresh_from_db()
    assert admitted(alice).tokens["expiresIn"] == 600


def test_a_second_end_leaves_the_first_reason(admitted: Admit, alice: SignIn) -> None:
    tool, stolen = admitted(alice), ""
    stolen = tool.tokens["refreshToken"]
    tool.refresh()
    tool.logout()
    RefreshToken.objects.update(used_at=timezone.now() - timedelta(hours=1))
    assert tool.refresh(stolen).error == "InvalidGrantException"
    assert Authorization.objects.get().end_reason == "logged_out"
    assert Event.objects.filter(tag="sdk:tool:end").count() == 1


def test_ending_a_tool_deletes_its_tokens_and_no_others(admitted: Admit, alice: SignIn) -> None:
    tool, other = admitted(alice), admitted(alice)
    tool.logout()
    assert [str(kept.authorization.registration_id) for kept in AccessToken.objects.all()] == [
        other.registered["clientId"]
    ]


def test_its_use_is_noted_once_a_minute(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    tool, idle, noted = admitted(alice), admitted(alice), []
    first = clock.now
    for seconds in (0, 59.9, 0.1):
        clock.forward(seconds=seconds)
        tool.get(ACCOUNTS)
        noted.append(Authorization.objects.get(registration=tool.registered["clientId"]).used_at)
    assert noted == [first, first, first + timedelta(minutes=1)]
    assert Authorization.objects.get(registration=idle.registered["clientId"]).used_at is None


def test_a_tool_is_on_the_ledger_with_its_own_address_and_person(admitted: Admit, alice: SignIn) -> None:
    made = Authorization.objects.get(registration=admitted(alice).registered["clientId"])
    event = Event.objects.get(tag="sdk:tool:authorize")
    assert (event.subject_id, event.actor_id, event.sign_in_id) == (str(made.pk), str(alice.user_id), alice.pk)
    assert (event.address, event.details) == ("127.0.0.1", {"kind": "device", "name": "botocore-client-daypass"})
    assert (made.address, made.expires_at, made.user_agent) == (
        "127.0.0.1",
        alice.expires_at,
        AGENT,
    )


def test_what_ended_before_keeps_its_moment_and_what_was_replaced_is_cut_short(
    admitted: Admit, alice: SignIn, clock: Clock
) -> None:
    tool = admitted(alice)
    admitted(alice, tool)
    replaced, live = Authorization.objects.order_by("created_at")
    ended = clock.now
    clock.forward(seconds=30)
    assert end(authorization=live, reason=Authorization.Ended.BY_PERSON)
    assert not end(authorization=replaced, reason=Authorization.Ended.BY_PERSON)
    clock.forward(seconds=30)
    for one in (replaced, live):
        assert not end(authorization=one, reason=Authorization.Ended.BY_ADMINISTRATOR)
    after = [(one.ended_at, one.end_reason) for one in Authorization.objects.order_by("created_at")]
    moment = ended + timedelta(seconds=30)
    assert after == [(moment, "replaced"), (moment, "by_person")]


def test_logging_out_passes_by_what_ended_long_ago(admitted: Admit, alice: SignIn, clock: Clock) -> None:
    counts = []
    for earlier in (0, 3):
        tool = admitted(alice)
        for _ in range(earlier):
            admitted(alice, tool)
        clock.forward(seconds=60)
        with CaptureQueriesContext(connection) as asked:
            tool.logout()
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"ended_at": "now"}, False),
        ({"ended_at": "later"}, False),
        ({"expires_at": "now"}, False),
        ({"expires_at": "later"}, True),
        ({"code": None}, False),
        ({"code": "now"}, True),
    ],
)
def test_a_tool_holds_its_sign_in_and_is_listed_while_it_stands(
    alice: SignIn, bob: SignIn, browser: Browser, clock: Clock, change: dict[str, str | None], held: object
) -> None:
    moments = {"now": clock.now, "later": clock.now + timedelta(milliseconds=1), None: None}
    fields = {name: moments[value] for name, value in change.items() if name != "code"}
    until = fields.get("expires_at") or clock.now + timedelta(hours=1)
    client = Registration.objects.create(name="c", expires_at=until)
    one = Authorization.objects.create(
        sign_in=alice, kind="pkce", address="192.0.2.77", **{"expires_at": until, **fields}
    )
    if "code" in change:
        used = {"used_at": moments[change["code"]], "expires_at": until}
        AuthorizationCode.objects.create(authorization=one, registration=client, **used)
    for whose in (alice, bob):
        hold_sign_in(whose.pk)
    kept = {str(row.user_id): row.tools_until for row in SignIn.objects.all()}
    assert kept == {str(alice.user_id): until if held else None, str(bob.user_id): None}
    assert ("192.0.2.77" in browser(alice).get("/tools/").content.decode()) is held


def test_the_sign_in_is_locked_before_its_tools_are_counted(admitted: Admit, alice: SignIn, locked: list[str]) -> None:
    admitted(alice)
    assert locked == ["SignIn"]


@pytest.mark.parametrize("over", ["ended_at", "expires_at", "started_at"])
def test_a_tool_of_a_sign_in_that_is_over_is_not_listed(
    admitted: Admit, signed_in: Signed, browser: Browser, clock: Clock, over: str
) -> None:
    """By its end, its time, or its provider, who did not confirm it."""
    other, mine = signed_in("alice"), signed_in("alice")
    admitted(other)
    client = browser(mine)
    assert "AWS CLI 2.36.7" in client.get("/tools/").content.decode()
    moment = clock.now - timedelta(hours=2 if over == "started_at" else 0)
    SignIn.objects.filter(pk=other.pk).update(**{over: moment}, end_reason="by_person")
    assert "No tool acts for you" in client.get("/tools/").content.decode()
