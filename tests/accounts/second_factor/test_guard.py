"""Who may change somebody's second factors: refusals first."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.second_factor.guard import may_change
from tests.accounts.second_factor.conftest import give_app
from tests.conftest import Browser

NOW = timezone.now()
YOUNG, OLD = NOW - timedelta(minutes=10), NOW - timedelta(minutes=10, seconds=1)
ADDRESSES = ["passkey/", "app/", "recovery-codes/", "1/name/", "1/remove/"]


def aged(sign_in: SignIn, **values: Any) -> SignIn:
    SignIn.objects.filter(pk=sign_in.pk).update(**values)
    sign_in.refresh_from_db()
    return sign_in


@pytest.mark.parametrize(
    ("values", "may"),
    [
        ({"started_at": OLD}, False),
        ({"started_at": YOUNG}, True),
        ({"started_at": YOUNG, "authentication_asserted": True, "authenticated_at": OLD}, False),
        ({"started_at": OLD, "authentication_asserted": True, "authenticated_at": YOUNG}, True),
    ],
)
def test_the_first_factor_wants_a_young_sign_in(alice: SignIn, values: dict[str, Any], may: bool) -> None:  # noqa: FBT001  # a table
    assert may_change(aged(alice, **values), NOW) is may


@pytest.mark.parametrize(
    ("values", "may"),
    [
        ({}, False),
        ({"authentication_asserted": True, "authenticated_at": NOW}, False),
        ({"second_factor": "totp", "second_factor_at": OLD}, False),
        ({"second_factor": "totp", "second_factor_at": YOUNG, "started_at": OLD}, True),
        ({"second_factor": "recovery_code", "second_factor_at": YOUNG}, True),
    ],
)
def test_whoever_has_a_factor_must_use_one(alice: SignIn, values: dict[str, Any], may: bool) -> None:  # noqa: FBT001  # a table
    give_app(alice.user)
    assert may_change(aged(alice, **values), NOW) is may


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_led_to_the_sign_in_page(db: None, address: str) -> None:
    answer = Client().post(f"/second-factors/{address}")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_old_session_changes_nothing_and_is_asked(alice: SignIn, browser: Browser, address: str) -> None:
    give_app(alice.user)
    before = list(Authenticator.objects.values())
    answer = browser(aged(alice, started_at=OLD)).post(f"/second-factors/{address}", {"name": "x", "code": "123456"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/step-up/")
    assert list(Authenticator.objects.values()) == before
