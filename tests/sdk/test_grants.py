"""CreateToken by device code and by refresh token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from accounts.stale import end_stale_sign_ins
from audit.models import Event
from sdk.models import AccessToken, Authorization, DeviceAuthorization, RefreshToken
from tests.sdk.conftest import Admit, Tool

pytestmark = pytest.mark.django_db


def test_a_device_is_let_in(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    assert (tool.tokens["tokenType"], tool.tokens["expiresIn"] > 3590) == ("Bearer", True)
    assert tool.get("/assignment/accounts").body == {"accountList": []}
    assert [e.tag for e in Event.objects.order_by("pk")] == ["sdk:device:approve", "sdk:tool:authorize"]


def test_no_secret_is_stored(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    kept = [*AccessToken.objects.values(), *RefreshToken.objects.values(), *DeviceAuthorization.objects.values()]
    secrets = {tool.registered["clientSecret"], tool.tokens["accessToken"], tool.tokens["refreshToken"]}
    assert [secret for secret in secrets if secret in str(kept)] == []


def test_a_device_code_is_good_once_and_for_its_own_client(tool: Tool, alice: SignIn) -> None:
    code = tool.start()["deviceCode"]
    DeviceAuthorization.objects.update(state="approved", sign_in=alice)
    assert Tool().register().token(deviceCode=code).error == "InvalidGrantException"
    assert [tool.token(deviceCode=code).error for _ in range(2)] == ["", "InvalidGrantException"]


def test_eight_commands_at_once_get_the_same_next_token(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    answers = [tool.refresh() for _ in range(8)]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["refreshToken"] for answer in answers}) == 1
    assert len({answer.body["accessToken"] for answer in answers}) == 8


def test_a_refresh_token_that_comes_late_ends_the_authorization(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    following = tool.refresh().body
    RefreshToken.objects.filter(used_at__isnull=False).update(used_at=timezone.now() - timedelta(seconds=61))
    assert tool.refresh().error == "InvalidGrantException"
    assert Authorization.objects.get().end_reason == "misused"
    assert tool.get("/assignment/accounts", following["accessToken"]).error == "UnauthorizedException"
    assert tool.refresh(following["refreshToken"]).error == "InvalidGrantException"
    assert Event.objects.get(tag="sdk:tool:end").details["reason"] == "misused"


def test_a_sign_in_that_ends_takes_the_tools_with_it(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_ADMINISTRATOR)
    assert tool.get("/assignment/accounts").error == "UnauthorizedException"
    assert tool.refresh().error == "InvalidGrantException"


def test_being_idle_in_the_browser_ends_no_tool(admitted: Admit, alice: SignIn) -> None:
    tool = admitted(alice)
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(hours=5))
    assert tool.get("/assignment/accounts").status == 200


def test_once_the_last_tool_is_out_being_idle_ends_the_sign_in(admitted: Admit, alice: SignIn) -> None:
    first, second = admitted(alice), admitted(alice)
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(hours=5))
    kept = []
    for tool in (first, second):
        tool.post("/logout", b"", **{"x-amz-sso-bearer-token": tool.tokens["accessToken"]})
        kept.append(SignIn.objects.get().tools_until is not None)
        end_stale_sign_ins()
    assert (kept, SignIn.objects.get().end_reason) == ([True, False], "idle")


def test_a_tool_of_the_old_kind_gets_no_refresh_token(admitted: Admit, alice: SignIn) -> None:
    assert "refreshToken" not in admitted(alice, scopes=None).tokens


def test_a_token_of_another_client_is_nothing(admitted: Admit, alice: SignIn) -> None:
    mine, other = admitted(alice), Tool().register()
    assert other.refresh(mine.tokens["refreshToken"]).error == "InvalidGrantException"
    assert mine.refresh().status == 200


def test_logging_out_ends_the_tool_alone(admitted: Admit, alice: SignIn) -> None:
    mine, other = admitted(alice), admitted(alice)
    answer = mine.post("/logout", b"", **{"x-amz-sso-bearer-token": mine.tokens["accessToken"]})
    assert (answer.status, answer.body) == (200, {})
    assert [tool.get("/assignment/accounts").status for tool in (mine, other)] == [401, 200]
