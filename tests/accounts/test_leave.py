"""Signing out here ends nothing at the provider; the page says so, and leads there whoever wants that too."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import SignIn
from accounts.oidc import discovery
from accounts.providers import configured
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Answer, Walk, forget
from tests.conftest import Browser

pytestmark = pytest.mark.django_db
THERE = "/sign-out/provider/"


def signed_out(walk: Walk, slug: str) -> Client:
    walk.sign_in(slug)
    walk.client.post("/sign-out/")
    return walk.client


def lives_on(client: Client) -> object:
    return client.get("/sign-in/").context["lives_on"]


def led_to(client: Client) -> str:
    answer: Answer = client.get(THERE)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    return str(answer.headers["Location"])


def test_ad_fs_can_be_left_without_any_token_in_the_address(idps: LocalIdps, walk: Walk) -> None:
    client = signed_out(walk, "adfs")
    page = client.get("/sign-in/").content.decode()
    assert "You are still signed in at AD FS." in page
    assert f'<a class="button" href="{THERE}">Sign out at AD FS too</a>' in page
    address = led_to(client)
    assert address.partition("?")[0] == idps.adfs.discovery()["end_session_endpoint"]
    assert parse_qs(urlsplit(address).query) == {"client_id": [idps.adfs.client_id]}
    assert walk.outside.get(address, timeout=10).status_code == 200


def test_google_cannot_be_left_so_the_page_says_that_it_lives_on(idps: LocalIdps, walk: Walk) -> None:
    client = signed_out(walk, "google")
    assert lives_on(client) == {"name": "Google", "can_leave": False}
    assert led_to(client) == "/sign-in/"


def test_the_sign_in_here_ended_before_anything_else(idps: LocalIdps, walk: Walk) -> None:
    walk.sign_in("adfs")
    forget()
    idps.adfs.fault("discovery-down", times=9)
    assert walk.client.post("/sign-out/").status_code == 302
    assert SignIn.objects.get().end_reason == "signed_out"


def test_nobody_is_asked_for_the_page(idp: LocalIdp, walk: Walk, asked: list[str]) -> None:
    client = signed_out(walk, idp.slug)
    forget()
    asked.clear()
    assert lives_on(client) == {"name": configured()[idp.slug].name, "can_leave": False}
    assert (led_to(client), asked) == ("/sign-in/", [])


def test_the_way_there_is_good_once(idps: LocalIdps, walk: Walk) -> None:
    client = signed_out(walk, "adfs")
    assert led_to(client) != "/sign-in/"
    assert led_to(client) == "/sign-in/"


def test_a_stranger_and_somebody_signed_in_are_led_nowhere(idps: LocalIdps, walk: Walk) -> None:
    assert led_to(Client()) == "/sign-in/"
    client = signed_out(walk, "adfs")
    walk.sign_in("adfs")
    assert led_to(client) == "/sign-in/"


@pytest.mark.parametrize("kept", ["not-a-uuid", 7, None, "00000000-0000-0000-0000-000000000000"])
def test_a_session_that_names_nothing_leads_nowhere(idps: LocalIdps, walk: Walk, kept: object) -> None:
    client = signed_out(walk, "adfs")
    session = client.session
    session["signed_out"] = kept
    session.save()
    assert (lives_on(client), led_to(client)) == (None, "/sign-in/")


def test_a_session_that_names_a_sign_in_which_lives_leads_nowhere(idps: LocalIdps, walk: Walk) -> None:
    client = signed_out(walk, "adfs")
    SignIn.objects.update(ended_at=None, end_reason="")
    assert (lives_on(client), led_to(client)) == (None, "/sign-in/")


def test_without_its_provider_a_sign_in_leads_nowhere(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    client.post("/sign-out/")
    assert (lives_on(client), led_to(client)) == (None, "/sign-in/")


@pytest.mark.parametrize(
    "endpoint", [None, 7, "http://plain.example/logout", "javascript:alert(1)", "//evil.example", "https://"]
)
def test_an_endpoint_that_is_no_address_is_none_and_stops_nobody(idps: LocalIdps, walk: Walk, endpoint: object) -> None:
    idps.adfs.fault(discovery={"set": {"end_session_endpoint": endpoint}})
    forget()
    client = signed_out(walk, "adfs")
    assert lives_on(client) == {"name": "AD FS", "can_leave": False}


def test_an_endpoint_with_a_query_keeps_it(idps: LocalIdps, walk: Walk) -> None:
    endpoint = f"{idps.adfs.issuer}/oauth2/logout?p=policy"
    idps.adfs.fault(discovery={"set": {"end_session_endpoint": endpoint}})
    forget()
    assert led_to(signed_out(walk, "adfs")) == f"{endpoint}&client_id={idps.adfs.client_id}"
    assert discovery.origins_of(configured()["adfs"]) == [idps.adfs.origin]  # type: ignore[arg-type]  # it speaks OpenID
