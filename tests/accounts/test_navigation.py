import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from accounts.navigation import safe_next, sign_in_address
from tests.conftest import Browser

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "http://testserver/",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "@evil.example",
    "evil.example",
    ".evil.example",
    "?next=//evil.example",
    "",
    "/" + "a" * 2000,
    None,
    7,
]


@pytest.mark.parametrize("address", HOSTILE)
def test_what_may_lead_elsewhere_is_refused(address: object) -> None:
    assert safe_next(address) == ""


@pytest.mark.parametrize("address", ["/", "/sign-ins/", "/roles/111122223333/Reader/?from=search&q=a%20b", "/#live"])
def test_a_path_of_the_portal_is_kept(address: str) -> None:
    assert safe_next(address) == address


def test_the_front_page_need_not_be_remembered() -> None:
    assert sign_in_address("/") == "/sign-in/"
    assert sign_in_address("//evil.example") == "/sign-in/"
    assert sign_in_address("/a?b=c") == "/sign-in/?next=%2Fa%3Fb%3Dc"


@pytest.mark.parametrize("address", [item for item in HOSTILE if isinstance(item, str) and "\x00" not in item])
def test_the_sign_in_page_leads_nobody_away(alice: SignIn, browser: Browser, settings: Settings, address: str) -> None:
    assert Client().get("/sign-in/", {"next": address}).context["next"] == ""
    assert browser(alice).get("/sign-in/", {"next": address}).headers["Location"] == "/"
