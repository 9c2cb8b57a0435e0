"""Whoever is led to the sign-in page reads what happened to their sign-in, once."""

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import SignIn
from accounts.notices import NOTICES
from demo.idp.testing import LocalIdps
from tests.conftest import Browser, Signed

Ended = SignIn.Ended


def page(client: Client) -> str:
    return client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("reason", [reason for reason in Ended if reason is not Ended.REPLACED])
def test_each_end_has_its_sentence(idps: LocalIdps, signed_in: Signed, browser: Browser, reason: SignIn.Ended) -> None:
    sign_in = signed_in("alice", provider="adfs")
    client = browser(sign_in)
    SignIn.objects.update(ended_at=timezone.now(), end_reason=reason)
    assert client.get("/sign-ins/").headers["Location"] == "/sign-in/?next=%2Fsign-ins%2F"
    title = NOTICES[reason].title.format(provider="AD FS", minutes=60)
    assert f"<strong>{escape(title)}</strong>" in page(client)
    assert escape(title) not in page(client)


def test_a_provider_that_was_taken_out_is_called_by_its_short_name(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    SignIn.objects.update(ended_at=timezone.now(), end_reason=Ended.PROVIDER)
    client.get("/sign-ins/")
    assert "google withdrew your sign-in." in page(client)


@pytest.mark.parametrize("kept", ["expired", ["x", "y"], [Ended.IDLE], {}, 7])
def test_what_another_version_left_there_says_nothing(db: None, kept: object) -> None:
    client = Client()
    session = client.session
    session["notice"] = kept
    session.save()
    answer = client.get("/sign-in/", headers={"cookie": f"daypass_session={session.session_key}"})
    assert answer.context["notice"] is None
