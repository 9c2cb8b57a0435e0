from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from accounts.sessions import end_sign_in
from audit.models import Event
from audit.tags import Tag
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Walk
from tests.conftest import Browser, Signed


def test_without_providers_the_page_says_so(db: None) -> None:
    response = Client().get("/sign-in/")
    assert (response.status_code, response.context["providers"]) == (200, [])
    assert "DAYPASS_PROVIDERS" in response.content.decode()


def test_the_sign_in_page_is_never_kept(db: None) -> None:
    assert Client().get("/sign-in/").headers["Cache-Control"] == "no-store"


def test_whoever_is_signed_in_goes_on(alice: SignIn, browser: Browser) -> None:
    answer = browser(alice).get("/sign-in/", {"next": "/sign-ins/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-ins/")


def test_signing_out_ends_everything(alice: SignIn, browser: Browser) -> None:
    SignIn.objects.filter(pk=alice.pk).update(
        web_identity_token="t1.x", refresh_token="t1.y", web_identity_token_expires_at=timezone.now()
    )
    client = browser(alice)
    old = client.session.session_key
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    alice.refresh_from_db()
    assert (alice.end_reason, alice.web_identity_token, alice.refresh_token) == ("signed_out", "", "")
    assert alice.web_identity_token_expires_at is None
    assert not Session.objects.filter(session_key=old).exists()
    assert client.get("/sign-in/").context["notice"].title == "You are signed out of Daypass."


def test_signing_out_is_on_the_ledger(alice: SignIn, browser: Browser) -> None:
    browser(alice).post("/sign-out/")
    event = Event.objects.get()
    assert (event.tag, event.actor_name, event.sign_in_id) == (Tag.SIGN_IN_END, "alice@example.com", alice.pk)


def test_signing_out_twice_is_harmless(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    assert [client.post("/sign-out/").status_code for _ in range(2)] == [302, 302]
    assert Event.objects.count() == 1


def test_strangers_who_sign_out_fill_no_table(alice: SignIn, browser: Browser, settings: Settings) -> None:
    browser(alice)
    before = set(Session.objects.values_list("pk", flat=True))
    stranger, forger = Client(), Client()
    forger.cookies[settings.SESSION_COOKIE_NAME] = "m" * 32
    answers = [client.post("/sign-out/") for client in (stranger, forger, stranger)]
    assert [answer.headers["Location"] for answer in answers] == ["/sign-in/"] * 3
    assert (set(Session.objects.values_list("pk", flat=True)), len(before)) == (before, 1)


def test_a_link_cannot_sign_out(alice: SignIn, browser: Browser) -> None:
    assert browser(alice).get("/sign-out/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser(alice).cookies
    assert strict.post("/sign-out/").status_code == 403
    alice.refresh_from_db()
    assert alice.ended_at is None


def test_my_sign_ins_are_mine_alone_live_ones_first(signed_in: Signed, browser: Browser) -> None:
    ended, here, other, _bobs = (signed_in(name) for name in ("alice", "alice", "alice", "bob"))
    end_sign_in(sign_in=ended, reason=SignIn.Ended.BY_PERSON)
    listed: Any = browser(here).get("/sign-ins/").context["sign_ins"]
    assert [(item.pk, item.is_current) for item in listed] == [(other.pk, False), (here.pk, True), (ended.pk, False)]


def test_ending_another_sign_in_of_mine_takes_effect_at_once(signed_in: Signed, browser: Browser) -> None:
    here, there = signed_in("alice"), signed_in("alice")
    elsewhere = browser(there)
    assert elsewhere.get("/sign-ins/").status_code == 200
    assert browser(here).post(f"/sign-ins/{there.pk}/end/").headers["Location"] == "/sign-ins/"
    assert elsewhere.get("/sign-ins/").status_code == 302
    assert Event.objects.get().details == {"person": "alice@example.com", "provider": "google", "reason": "by_person"}


def test_somebody_elses_sign_in_does_not_exist(alice: SignIn, bob: SignIn, browser: Browser) -> None:
    assert browser(alice).post(f"/sign-ins/{bob.pk}/end/").status_code == 404
    bob.refresh_from_db()
    assert bob.ended_at is None


def test_ending_this_very_sign_in_signs_out(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    assert client.post(f"/sign-ins/{alice.pk}/end/").headers["Location"] == "/sign-in/"
    assert client.get("/sign-ins/").status_code == 302


@pytest.mark.parametrize("path", ["signup", "login", "password/reset", "email", "reauthenticate", "3rdparty", "social"])
def test_allauths_own_pages_are_not_there(alice: SignIn, browser: Browser, path: str) -> None:
    assert browser(alice).get(f"/accounts/{path}/").status_code == 404
    assert Client().get(f"/accounts/{path}/").status_code == 404


def test_a_list_says_until_when_each_sign_in_lasts(signed_in: Signed, browser: Browser, settings: Settings) -> None:
    here, ended = signed_in("alice"), signed_in("alice")
    end_sign_in(sign_in=ended, reason=SignIn.Ended.BY_PERSON)
    listed: Any = browser(here).get("/sign-ins/").context["sign_ins"]
    assert listed[0].lasts_until == here.started_at + timedelta(hours=1)
    settings.DAYPASS_IDENTITY_FRESHNESS = 86400
    listed = browser(here).get("/sign-ins/").context["sign_ins"]
    assert listed[0].lasts_until == here.expires_at


def test_a_sign_in_that_its_provider_can_renew_lasts_to_its_end(db: None, idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("adfs")
    [listed] = walk.client.get("/sign-ins/").context["sign_ins"]
    assert listed.lasts_until == listed.expires_at
    SignIn.objects.update(refresh_token="")
    answer = walk.client.get("/sign-ins/")
    assert answer.context["sign_ins"][0].lasts_until == listed.started_at + timedelta(hours=1)
    assert "then sign in again" in answer.content.decode()
