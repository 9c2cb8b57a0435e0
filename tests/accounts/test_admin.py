"""An administrator ends all sign-ins of a person by one button; nobody else does."""

import pytest
from django.contrib import admin, messages
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from accounts.admin import UserAdmin
from accounts.models import SignIn, User
from audit.models import Event
from roles.models import PortalRoleMapping
from tests.accounts.test_middleware import is_turned_away
from tests.conftest import Browser, Signed
from tests.forms import forms_of


@pytest.fixture
def erin(signed_in: Signed, settings: Settings) -> SignIn:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    return signed_in("erin")


def end(sign_in: SignIn) -> str:
    return reverse("admin:accounts_user_end_sign_ins", args=[sign_in.user_id])


def page(sign_in: SignIn) -> str:
    return reverse("admin:accounts_user_change", args=[sign_in.user_id])


def live() -> set[str]:
    return set(SignIn.objects.filter(ended_at=None).values_list("subject", flat=True))


def test_an_auditor_sees_no_button_and_ends_nothing(audrey: SignIn, alice: SignIn, browser: Browser) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    client = browser(audrey)
    assert "End all sign-ins" not in client.get(page(alice)).content.decode()
    assert (client.post(end(alice)).status_code, live()) == (403, {"alice", "audrey"})


def test_nobody_else_comes_near(alice: SignIn, bob: SignIn, browser: Browser) -> None:
    assert browser(bob).post(end(alice)).status_code in {302, 403, 404}
    assert Client().post(end(alice)).status_code == 302
    assert live() == {"alice", "bob"}


def test_a_link_ends_nothing(erin: SignIn, alice: SignIn, browser: Browser) -> None:
    assert browser(erin).get(end(alice)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser(erin).cookies
    assert (strict.post(end(alice)).status_code, live()) == (403, {"alice", "erin"})


def test_a_person_who_does_not_exist_has_nothing_to_end(erin: SignIn, browser: Browser) -> None:
    address = reverse("admin:accounts_user_end_sign_ins", args=[0])
    assert browser(erin).post(address).status_code == 404


def test_one_click_ends_them_all_and_nobody_elses(
    erin: SignIn, bob: SignIn, signed_in: Signed, browser: Browser
) -> None:
    here, there = signed_in("alice"), signed_in("alice")
    alices, erins = browser(there), browser(erin)
    assert "End all sign-ins" in erins.get(page(here)).content.decode()
    answer = erins.post(end(here), follow=True)
    assert answer.redirect_chain == [(page(here), 302)]
    assert "2 sign-ins ended." in answer.content.decode()
    assert (live(), is_turned_away(alices)) == ({"bob", "erin"}, True)
    events = Event.objects.filter(tag="accounts:sign_in:end")
    assert {(event.actor_name, event.details["reason"]) for event in events} == {
        ("erin@example.com", "by_administrator")
    }
    assert events.count() == 2
    assert "End all sign-ins" not in erins.get(page(here)).content.decode()


def test_a_sign_in_is_ended_from_its_own_page(
    erin: SignIn, audrey: SignIn, bob: SignIn, signed_in: Signed, browser: Browser
) -> None:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    one, other = signed_in("alice"), signed_in("alice")
    address = reverse("admin:accounts_signin_change", args=[one.pk])
    assert "End this sign-in" not in browser(audrey).get(address).content.decode()
    (form,) = [
        form for form in forms_of(browser(erin).get(address).content.decode()) if "_selected_action" in form.data
    ]
    assert "1 sign-in ended." in browser(erin).post(form.action, form.data, follow=True).content.decode()
    assert {*SignIn.objects.filter(ended_at=None)} == {erin, audrey, bob, other}
    assert "End this sign-in" not in browser(erin).get(address).content.decode()


def test_switching_somebody_off_saves_nothing_else_of_an_older_page(
    erin: SignIn, alice: SignIn, bob: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An identity that was unlinked meanwhile would else come back by the name that the page still had."""
    shown = User.objects.get(pk=alice.user_id)
    User.objects.filter(pk=alice.user_id).update(username="test:other", email="new@example.com", name="New")
    shown.is_active = False
    request = RequestFactory().post("/")
    request.sign_in, request.user = erin, erin.user  # type: ignore[attr-defined]  # as the middleware does
    monkeypatch.setattr(messages, "success", lambda *_: None)
    UserAdmin(User, admin.site).save_model(request, shown, None, change=True)
    kept = User.objects.values_list("username", "email", "name", "is_active")
    assert kept.get(pk=alice.user_id) == ("test:other", "new@example.com", "New", False)
    assert (kept.get(pk=bob.user_id)[3], live()) == (True, {"bob", "erin"})
