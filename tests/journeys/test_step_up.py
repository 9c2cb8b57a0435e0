"""A role that asks for more, in a real browser: a passkey, an authenticator app, and the provider itself."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.aws.seed import PRODUCTION
from demo.world import World
from tests.journeys.people import open_role, sign_in, take

pytestmark = pytest.mark.lane("browser")
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def auditor(browser: Browser, world: World) -> Iterator[str]:
    """The role Auditor, which Erin makes ask for a second factor for as long as a test lasts."""
    context = browser.new_context(base_url=world.place.portal)
    erin = context.new_page()
    sign_in(erin, "Erin")
    asks(erin, "A passkey or authenticator app")
    yield "Auditor"
    asks(erin, "Nothing more")
    context.close()


def asks(erin: Page, what: str) -> None:
    erin.goto("/admin/roles/role/?q=Auditor")
    erin.get_by_role("link", name="Auditor", exact=True).click()
    erin.get_by_label("Proof of presence").select_option(what)
    erin.get_by_role("button", name="Save", exact=True).click()
    expect(erin.get_by_text("was changed successfully")).to_be_visible()


@pytest.fixture
def key(context: BrowserContext, page: Page) -> str:
    """A security key in the browser, that finds its owner's finger at once."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made: str = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    return made


def wish(page: Page, world: World, role: str) -> None:
    """Fill the role's form with what is not its first offer, and send it."""
    open_role(page, world, PRODUCTION, role)
    page.get_by_label("Duration").select_option("1800")
    page.get_by_label("Profile name").fill("my-own-profile")
    page.get_by_label("Region").select_option("eu-central-1")
    take(page)
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()


def has_what_was_wished(page: Page, role: str) -> None:
    """The credentials stand there, with nothing more to press; the way back is calm."""
    expect(page.get_by_role("heading", name=f"Credentials for {role}")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text("my-own-profile")
    page.go_back()
    expect(page.get_by_role("heading", name=role, exact=True)).to_be_visible()


def code_of(secret: str, *, ahead: int) -> str:
    return str(format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30 + ahead)))


def test_a_passkey_is_set_up_on_the_way_and_the_wish_is_kept(page: Page, world: World, auditor: str, key: str) -> None:
    sign_in(page, "Audrey")
    wish(page, world, auditor)
    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Audrey's key")
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.locator("#codes")).to_have_text("•" * 24)
    page.get_by_role("button", name="Reveal recovery codes").click()
    expect(page.locator("#codes")).to_have_text(re.compile(r"^(\d{4} \d{4}\s*){10}$"))
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Use a passkey").click()
    has_what_was_wished(page, auditor)


def test_a_passkey_that_knows_nobody_says_so_and_harms_nothing(
    page: Page, context: BrowserContext, world: World, auditor: str, key: str
) -> None:
    sign_in(page, "Audrey", provider="Example ADFS")  # another person, without a factor
    page.goto("/second-factors/passkey/")
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"/roles/{PRODUCTION}/{auditor}/step-up/")
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was confirmed")


def test_an_authenticator_app_by_keyboard(page: Page, world: World, auditor: str) -> None:
    sign_in(page, "Alice")
    page.goto("/second-factors/app/")
    page.get_by_text("No camera? Type the key").click()
    secret = page.locator(".setup-key").inner_text()
    page.get_by_label("Code from your authenticator app").fill(code_of(secret, ahead=0))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="I have kept them").click()
    wish(page, world, auditor)
    page.get_by_label("Code from your authenticator app").fill("000 000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That code is not right. Reference DP-")).to_be_visible()
    page.get_by_label("Code from your authenticator app").fill(code_of(secret, ahead=1))
    page.keyboard.press("Enter")
    has_what_was_wished(page, auditor)


def age(world: World, minutes: int) -> None:
    """Make the newest sign-in so much older."""
    then = f"strftime('%Y-%m-%d %H:%M:%f', started_at, '-{minutes} minutes')"
    newest = "id = (select id from accounts_signin order by started_at desc limit 1)"
    older = f"update accounts_signin set authenticated_at = {then}, started_at = {then} where {newest}"  # noqa: S608  # a number of ours
    with closing(sqlite3.connect(world.place.folder / "daypass.sqlite3", timeout=10)) as database, database:
        database.execute(older)


def test_the_provider_asks_again(page: Page, world: World) -> None:
    sign_in(page, "Alice", provider="Example ADFS")
    age(world, 20)
    open_role(page, world, PRODUCTION, "ProductionAdmin")
    page.get_by_label("Reason").fill("OPS-12: mend the ledger")
    take(page)
    page.get_by_role("button", name="Sign in again with Example ADFS").click()
    page.get_by_role("button", name="Alice Example", exact=True).click()
    expect(page.get_by_role("heading", name="Credentials for ProductionAdmin")).to_be_visible()


def test_a_page_of_passkeys_without_script_says_so(browser: Browser, world: World) -> None:
    context = browser.new_context(base_url=world.place.portal, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "Bob")
    page.goto("/second-factors/passkey/")
    expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Create the passkey")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("path", ["/second-factors/", "/second-factors/app/", "/second-factors/passkey/"])
def test_no_page_is_wider_than_a_phone(page: Page, path: str) -> None:
    sign_in(page, "Bob")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
