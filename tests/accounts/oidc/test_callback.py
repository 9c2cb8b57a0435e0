"""What may come back to the callback instead of an answer to a sign-in that this browser began."""

import time

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps, cancel
from tests.accounts.conftest import Answer, Walk, query, refused

pytestmark = pytest.mark.django_db


def callback(walk: Walk, slug: str, **asked: str) -> Answer:
    return walk.client.get(f"/accounts/oidc/{slug}/login/callback/", asked)


def test_a_callback_out_of_the_blue_is_refused(idp: LocalIdp, walk: Walk) -> None:
    assert refused(callback(walk, idp.slug, code="x", state="y")).details["reason"] == "state"


def test_a_callback_without_anything_is_refused(idp: LocalIdp, walk: Walk) -> None:
    assert refused(callback(walk, idp.slug)).details["reason"] == "state"


def test_a_state_is_good_once(idp: LocalIdp, walk: Walk) -> None:
    address = walk.come_back(idp.slug, "alice")
    assert [walk.client.get(address).status_code for _ in range(2)] == [302, 403]
    assert Event.objects.get(tag="accounts:sign_in:refuse").details["reason"] == "state"
    assert SignIn.objects.count() == 1


def test_a_state_is_good_in_its_own_browser_only(idp: LocalIdp, walk: Walk) -> None:
    address = walk.come_back(idp.slug, "mallory")
    assert refused(Client().get(address)).details["reason"] == "state"


def test_a_state_is_good_at_its_own_provider_only(idps: LocalIdps, walk: Walk) -> None:
    address = walk.come_back("google", "alice").replace("/google/", "/adfs/")
    assert refused(walk.client.get(address)).details["reason"] == "state"


def test_a_code_is_good_once(idp: LocalIdp, walk: Walk) -> None:
    address = walk.come_back(idp.slug, "alice")
    walk.client.get(address)
    fresh = query(walk.start(idp.slug))["state"]
    assert callback(walk, idp.slug, code=query(address)["code"], state=fresh).status_code == 403
    assert Event.objects.get(tag="accounts:sign_in:refuse").details["reason"] == "code"
    assert SignIn.objects.count() == 1


def test_cancelling_is_no_fault(idp: LocalIdp, walk: Walk) -> None:
    address = cancel(walk.outside, walk.start(idp.slug)).removeprefix("http://testserver")
    answer = walk.client.get(address)
    assert refused(answer).details["reason"] == "cancelled"
    assert "You cancelled" in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "reason", "detail"),
    [
        ({"error": "server_error"}, "provider_error", "server_error"),
        ({"error": "<script>" * 10, "error_description": "eyJhbGciOi"}, "provider_error", "an unusual code"),
        ({"error": ""}, "provider_error", "an unusual code"),
        ({}, "no_code", ""),
        ({"code": ""}, "no_code", ""),
        ({"code": "x" * 4096}, "code", "invalid_grant"),
        ({"code": "x" * 4097}, "no_code", ""),
        ({"code": "a\nb"}, "no_code", ""),
        ({"code": "a\x00b"}, "malformed_message", "cannot be kept"),
        ({"code": "wrong"}, "code", "invalid_grant"),
    ],
)
def test_what_the_provider_may_say_instead(
    idp: LocalIdp, walk: Walk, asked: dict[str, str], reason: str, detail: str
) -> None:
    state = query(walk.start(idp.slug))["state"]
    event = refused(callback(walk, idp.slug, state=state, **asked))
    assert event.details["reason"] == reason
    assert detail in event.details["detail"]


def test_an_answer_by_post_is_refused_and_told(idp: LocalIdp, walk: Walk) -> None:
    """As response_mode=form_post sends it: from another site, so without our cookies and without a token of ours."""
    path, found = walk.come_back(idp.slug, "alice").split("?")
    stranger = Client(enforce_csrf_checks=True)
    event = refused(stranger.post(path, query(f"?{found}")))
    assert (event.details["reason"], event.details["detail"]) == ("malformed_message", "POST instead of GET")
    assert walk.client.get(f"{path}?{found}").status_code == 302


def test_strangers_cannot_fill_the_ledger(idp: LocalIdp, walk: Walk) -> None:
    answers = [callback(walk, idp.slug).status_code for _ in range(32)]
    assert (answers.count(403), answers.count(429), Event.objects.count()) == (30, 2, 31)


def test_a_slow_provider_is_not_waited_for(idp: LocalIdp, walk: Walk, settings: Settings) -> None:
    address = walk.come_back(idp.slug, "alice")
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.5
    idp.fault("token-slow")
    began = time.monotonic()
    event = refused(walk.client.get(address))
    assert event.details["reason"] == "provider_unavailable"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("stashed", [{}, {"nonce": "n"}, {"pkce_code_verifier": "v"}])
def test_a_state_that_this_flow_did_not_make_is_refused(idp: LocalIdp, walk: Walk, stashed: dict[str, str]) -> None:
    walk.start(idp.slug)
    session = walk.client.session
    session["socialaccount_states"] = {"made-elsewhere": [stashed, time.time(), idp.slug]}
    session.save()
    assert refused(callback(walk, idp.slug, state="made-elsewhere", code="x")).details["reason"] == "state"
