"""Authorization codes: good once, for two minutes, with what they were asked with."""

import pytest

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from sdk.models import AccessToken, Authorization
from tests.conftest import Browser
from tests.sdk.conftest import Admit, Clock, Tool
from tests.sdk.pkce import PKCE, approved, redeem

pytestmark = pytest.mark.django_db


def test_a_code_of_another_client_stays_good_for_its_own(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    code = approved(browser(alice), pkce)
    assert redeem(Tool().register(**PKCE), code).error == "InvalidGrantException"
    assert redeem(pkce, code).status == 200


def test_a_code_that_comes_twice_takes_back_what_it_gave(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    code = approved(browser(alice), pkce)
    pkce.tokens = redeem(pkce, code).body
    assert redeem(pkce, code).error == "InvalidGrantException"
    assert pkce.get("/assignment/accounts").status == 401


@pytest.mark.parametrize(("seconds", "status"), [(119.9, 200), (120, 400)])
def test_a_code_lasts_two_minutes(
    browser: Browser, alice: SignIn, pkce: Tool, clock: Clock, seconds: float, status: int
) -> None:
    code = approved(browser(alice), pkce)
    clock.forward(seconds=seconds)
    assert redeem(pkce, code).status == status
    assert Authorization.objects.get().ended_at is None  # whoever is late holds no copy


@pytest.mark.parametrize("late", [1, 3600])
def test_a_used_code_that_comes_again_ends_what_it_gave_however_late(
    browser: Browser, alice: SignIn, bob: SignIn, pkce: Tool, admitted: Admit, clock: Clock, late: int
) -> None:
    other, code = admitted(bob), approved(browser(alice), pkce)
    pkce.tokens = redeem(pkce, code).body
    clock.forward(seconds=late - 1)
    assert redeem(pkce, code).error == "InvalidGrantException"
    assert Authorization.objects.get(kind="pkce").end_reason == "misused"
    assert [pkce.refresh().status, other.refresh().status] == [400, 200]


def test_a_code_that_nobody_redeems_lifts_no_limit_and_is_no_tool(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    client = browser(alice)
    code = approved(client, pkce)
    assert SignIn.objects.get().tools_until is None
    assert "No tool acts for you" in client.get("/tools/").content.decode()
    redeem(pkce, code)
    assert SignIn.objects.get().tools_until == alice.expires_at


def test_a_code_of_a_sign_in_that_ended_meanwhile_gives_nothing(browser: Browser, alice: SignIn, pkce: Tool) -> None:
    code = approved(browser(alice), pkce)
    end_sign_in(sign_in=alice, reason=SignIn.Ended.BY_PERSON)
    assert redeem(pkce, code).error == "InvalidGrantException"
    assert AccessToken.objects.count() == 0
