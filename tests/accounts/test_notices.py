"""Whoever is led to the sign-in page reads what happened to their sign-in, once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import SignIn
from accounts.notices import NOTICES
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import Walk
from tests.conftest import Browser, Signed

Ended = SignIn.Ended


def page(client: Client) -> str:
    return client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("reason", list(Ended))
def test_each_end_has_its_sentence(idps: LocalIdps, signed_in: Signed, browser: Browser, reason: SignIn.Ended) -> None:
    sign_in = signed_in("alice", provider="adfs")
    client = browser(sign_in)
    SignIn.objects.update(ended_at=timezone.now(), end_reason=reason)
    assert client.get("/sign-ins/").headers["Location"] == "/sign-in/?next=%2Fsign-ins%2F"
    title = NOTICES[reason].title.format(provider="AD FS", minutes=60, idle="30 minutes")
    assert f"<strong>{escape(title)}</strong>" in page(client)
    assert escape(title) not in page(client)


def test_a_provider_that_was_taken_out_is_called_by_its_short_name(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    SignIn.objects.update(ended_at=timezone.now(), end_reason=Ended.PROVIDER)
    client.get("/sign-ins/")
    assert "google withdrew your sign-in." in page(client)


def test_each_end_is_told_from_every_other() -> None:
    assert len({notice.title for notice in NOTICES.values()}) == len(NOTICES) == len(Ended)


@pytest.mark.parametrize(("mode", "is_left"), [("cors", True), ("navigate", False)])
def test_a_script_that_is_led_there_takes_nothing_from_the_person(
    alice: SignIn, browser: Browser, *, mode: str, is_left: bool
) -> None:
    client = browser(alice)
    SignIn.objects.update(ended_at=timezone.now(), end_reason=Ended.LEFT)
    client.get("/sign-ins/", headers={"Sec-Fetch-Mode": mode}, follow=True)
    assert ("no longer lists you" in page(client)) is is_left


def test_whoever_comes_back_within_three_days_is_still_told(idps: LocalIdps, db: None, walk: Walk) -> None:
    """Neither the browser nor the database forgets the session together with the sign-in."""
    walk.sign_in("google")
    ends = SignIn.objects.get().expires_at
    session = Session.objects.get(pk=walk.client.session.session_key)
    kept = walk.client.cookies[settings.SESSION_COOKIE_NAME]["max-age"]
    assert (session.expire_date - ends, round(int(kept) / 3600)) == (timedelta(days=3), 12 + 72)


@pytest.mark.parametrize("kept", ["expired", ["x", "y"], [Ended.IDLE], {}, 7])
def test_what_another_version_left_there_says_nothing(db: None, kept: object) -> None:
    client = Client()
    session = client.session
    session["notice"] = kept
    session.save()
    answer = client.get("/sign-in/", headers={"cookie": f"daypass_session={session.session_key}"})
    assert answer.context["notice"] is None
