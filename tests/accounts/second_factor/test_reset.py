"""An administrator resets somebody's second factors: who may not, and what it takes along."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import SignIn
from accounts.second_factor.recovery import new_codes
from audit.models import Event
from roles.models import PortalRoleMapping
from tests.accounts.second_factor.conftest import give_app, give_key
from tests.conftest import Browser, Signed


@pytest.fixture
def erin(signed_in: Signed, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    return browser(signed_in("erin"))


@pytest.fixture
def owner(alice: SignIn) -> SignIn:
    """Alice, who has a passkey, an app and recovery codes, and used one just now."""
    give_key(alice)
    give_app(alice.user)
    new_codes(alice.user)
    SignIn.objects.filter(pk=alice.pk).update(second_factor="totp", second_factor_at=alice.started_at)
    return alice


def address(sign_in: SignIn) -> str:
    return f"/admin/accounts/user/{sign_in.user_id}/second-factors/"


def test_a_person_finds_no_such_page(owner: SignIn, browser: Browser) -> None:
    assert [browser(owner).get(address(owner)).status_code, browser(owner).post(address(owner)).status_code] == [
        404
    ] * 2
    assert Authenticator.objects.count() == 3


def test_an_auditor_may_not(owner: SignIn, audrey: SignIn, browser: Browser) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    theirs = browser(audrey)
    assert [theirs.get(address(owner)).status_code, theirs.post(address(owner)).status_code] == [403, 403]
    page = theirs.get(f"/admin/accounts/user/{owner.user_id}/change/").content.decode()
    assert ("Laptop" in page, "Reset second factors" in page) == (True, False)
    assert Authenticator.objects.count() == 3


def test_nobody_resets_their_own(erin: Client, owner: SignIn) -> None:
    mine = SignIn.objects.get(subject="erin")
    give_app(mine.user)
    answer = erin.post(address(mine))
    assert (answer.status_code, "These are your own" in answer.content.decode()) == (409, True)
    assert Authenticator.objects.filter(user=mine.user).count() == 1


def test_looking_resets_nothing(erin: Client, owner: SignIn) -> None:
    page = erin.get(address(owner)).content.decode()
    assert ("Laptop" in page, "Authenticator app" in page) == (True, True)
    assert Authenticator.objects.count() == 3


def test_a_foreign_form_resets_nothing(owner: SignIn, erin: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = erin.cookies
    assert (strict.post(address(owner)).status_code, Authenticator.objects.count()) == (403, 3)


def test_a_reset_takes_all_and_ends_the_sign_ins(erin: Client, owner: SignIn, bob: SignIn, browser: Browser) -> None:
    give_app(bob.user)
    theirs = browser(owner)
    assert erin.post(address(owner)).status_code == 302
    owner.refresh_from_db()
    assert list(Authenticator.objects.values_list("user_id", flat=True)) == [bob.user_id]
    assert (owner.end_reason, owner.second_factor, owner.second_factor_at) == ("by_administrator", "", None)
    assert theirs.get("/").status_code == 302
    event = Event.objects.get(tag="accounts:second_factor:reset")
    assert (event.actor_name, event.subject_id) == ("erin@example.com", str(owner.user_id))
    assert [each["kind"] for each in event.details["factors"]] == ["webauthn", "totp", "recovery_code"]


def test_a_reset_holds_the_person_first(erin: Client, owner: SignIn, locked: list[str]) -> None:
    """Else a factor that is set up at that moment would be left, or two who lock would wait for each other."""
    assert erin.post(address(owner)).status_code == 302
    assert locked[:2] == ["User", "Authenticator"]


def test_where_there_is_nothing_nothing_is_done(erin: Client, bob: SignIn) -> None:
    assert "has no second factor" in erin.get(address(bob)).content.decode()
    assert erin.post(address(bob)).status_code == 409
    bob.refresh_from_db()
    assert (bob.ended_at, Event.objects.filter(tag="accounts:second_factor:reset").count()) == (None, 0)
