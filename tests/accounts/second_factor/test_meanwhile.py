"""Between the look at what was shown and the change, another tab may have been faster: then nothing is changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn, User
from accounts.second_factor import adding, views
from accounts.second_factor.guard import may_change
from accounts.sessions import end_sign_in
from tests.accounts.second_factor.conftest import code_at, give_app, give_key, row
from tests.accounts.second_factor.soft_key import SoftKey
from tests.accounts.second_factor.test_views import events, options_on, secret_on
from tests.conftest import Browser

Faster = Callable[[Callable[[], Any]], None]


@pytest.fixture
def page(alice: SignIn, bob: SignIn, browser: Browser) -> Client:
    give_app(bob.user)
    return browser(alice)


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> Faster:
    """Let something happen between the first look, which is passed, and the second."""

    def between(act: Callable[[], Any]) -> None:
        looks = iter([act])

        def look(sign_in: SignIn, now: Any) -> bool:
            allowed = may_change(sign_in, now)
            next(looks, lambda: None)()
            return allowed

        monkeypatch.setattr(views, "may_change", look)

    return between


def switch_off(alice: SignIn) -> None:
    User.objects.filter(pk=alice.user_id).update(is_active=False)


def end(alice: SignIn) -> None:
    end_sign_in(sign_in=SignIn.objects.get(pk=alice.pk), reason=SignIn.Ended.BY_PERSON)


def set_up_an_app(alice: SignIn) -> None:
    give_app(alice.user)


@pytest.mark.parametrize(("happens", "factors"), [(switch_off, 0), (end, 0), (set_up_an_app, 1)])
def test_no_first_factor_is_added(
    page: Client, alice: SignIn, faster: Faster, happens: Callable[[SignIn], None], factors: int
) -> None:
    options = options_on(page.get("/second-factors/passkey/"))
    faster(lambda: happens(alice))
    answer = page.post("/second-factors/passkey/", {"name": "Key", "credential": json.dumps(SoftKey().create(options))})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factors/")
    assert Authenticator.objects.filter(user=alice.user).count() == factors


@pytest.mark.parametrize("path", ["remove/", "recovery-codes/"])
@pytest.mark.parametrize("happens", [switch_off, end])
def test_none_is_removed_and_no_codes_are_made(
    page: Client, alice: SignIn, faster: Faster, path: str, happens: Callable[[SignIn], None]
) -> None:
    give_app(alice.user)
    SignIn.objects.filter(pk=alice.pk).update(second_factor="totp", second_factor_at=timezone.now())
    faster(lambda: happens(alice))
    factor = row(alice.user, "totp")
    answer = page.post(f"/second-factors/{f'{factor.pk}/' if path == 'remove/' else ''}{path}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factors/")
    assert list(Authenticator.objects.filter(user=alice.user)) == [factor]


def test_the_app_of_another_tab_stays_as_it_is(page: Client, alice: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have shown a passkey, so both may add an app; a person has one."""
    give_key(alice)
    SignIn.objects.filter(pk=alice.pk).update(second_factor="webauthn", second_factor_at=timezone.now())
    secret = secret_on(page.get("/second-factors/app/"))
    theirs = list[dict[str, Any]]()

    def from_another_tab(*_: object) -> None:
        give_app(alice.user)
        theirs.extend(Authenticator.objects.filter(type="totp").order_by("pk").values())

    monkeypatch.setattr(adding, "limit_person", from_another_tab)
    answer = page.post("/second-factors/app/", {"code": code_at(secret)})
    assert (answer.status_code, events(), len(theirs)) == (400, [("refuse", "no_such_factor")], 2)  # hers and Bob's
    assert list(Authenticator.objects.filter(type="totp").order_by("pk").values()) == theirs
