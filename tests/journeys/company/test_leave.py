"""Signing out here, and from here at the company's provider; and signing out there, which the provider tells us."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idps.oidc_provider import OpenIdProvider
from tests.idps.simplesamlphp import SimpleSamlPhp
from tests.journeys.company.company import NAMES, OPENID, SAML, Company
from tests.journeys.company.people import (
    expect_signed_in,
    expect_stranger,
    press_provider,
    sign_in_at_openid,
    sign_in_at_saml,
)

pytestmark = pytest.mark.lane("browser")


def sign_in(page: Page, person: str) -> None:
    press_provider(page, NAMES[OPENID])
    sign_in_at_openid(page, person)
    page.wait_for_url("**/")


def sign_out_here(page: Page) -> None:
    page.locator("summary", has_text="Signed in as").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out of Daypass.")).to_be_visible()


@pytest.mark.lane("node")
def test_signing_out_here_leaves_the_provider_and_leads_there(page: Page, openid: OpenIdProvider) -> None:
    sign_in(page, "bob")
    sign_out_here(page)
    expect(page.get_by_text(f"You are still signed in at {NAMES[OPENID]}.")).to_be_visible()
    press_provider(page, NAMES[OPENID])  # one click, and no form
    expect_signed_in(page)
    sign_out_here(page)
    page.get_by_role("link", name=f"Sign out at {NAMES[OPENID]} too").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    press_provider(page, NAMES[OPENID])
    expect(page.get_by_placeholder("Enter any login")).to_be_visible()


@pytest.mark.lane("node")
def test_signing_out_there_ends_that_browsers_sign_in_here_and_no_others(
    page: Page, openid: OpenIdProvider, browser: Browser, company: Company
) -> None:
    other = browser.new_context(base_url=company.place.portal)
    sign_in(page, "bob")
    sign_in(at_home := other.new_page(), "bob")
    page.goto(f"{openid.issuer}/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("Sign-out Success")).to_be_visible()
    page.goto("/sign-ins/")
    expect(page.get_by_text(f"You signed out at {NAMES[OPENID]}, which signed you out here too.")).to_be_visible()
    expect_signed_in(at_home)
    assert openid.happened()[-1] == "backchannel.success"
    other.close()


@pytest.mark.lane("saml")
def test_signing_out_here_leads_to_single_logout_there(page: Page, saml: SimpleSamlPhp) -> None:
    press_provider(page, NAMES[SAML])
    sign_in_at_saml(page, "bob")
    page.wait_for_url("**/")
    sign_out_here(page)
    page.get_by_role("link", name=f"Sign out at {NAMES[SAML]} too").click()
    page.wait_for_url("**/sign-in/")
    press_provider(page, NAMES[SAML])
    expect(page.get_by_label("Password")).to_be_visible()
    expect_stranger(page)
