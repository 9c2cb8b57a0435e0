"""Erin, who administers, looks after the company's providers."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.idps.oidc_provider import OpenIdProvider
from tests.idps.simplesamlphp import EMAIL, GROUP, SimpleSamlPhp
from tests.journeys.company.company import NAMES, OPENID, SAML, Company
from tests.journeys.company.people import press_provider, sign_in_at_openid, sign_in_at_saml

pytestmark = [pytest.mark.lane("browser"), pytest.mark.lane("node"), pytest.mark.lane("saml")]


@pytest.fixture
def erin(page: Page, openid: OpenIdProvider, saml: SimpleSamlPhp) -> Page:
    """Erin, signed in by OpenID, at the page of the providers."""
    press_provider(page, NAMES[OPENID])
    sign_in_at_openid(page, "erin")
    page.wait_for_url("**/")
    page.goto("/admin/accounts/providercheck/")
    return page


def card(page: Page, slug: str) -> Locator:
    return page.get_by_role("region", name=NAMES[slug], exact=True)


def try_provider(page: Page, slug: str) -> None:
    card(page, slug).get_by_role("button", name="Try this provider").click()


def test_a_trial_shows_what_comes_and_signs_nobody_in(erin: Page, saml: SimpleSamlPhp) -> None:
    saml.change("charlie", **{GROUP: ["AWS-Dev-Read"]})
    try_provider(erin, SAML)
    sign_in_at_saml(erin, "charlie")
    expect(erin.get_by_text("This person would be signed in.")).to_be_visible()
    expect(erin.get_by_role("region", name="Principals")).to_contain_text("group:saml:AWS-Dev-Read")
    expect(erin.get_by_role("link", name="PowerDeveloper")).to_be_visible()
    expect(erin.get_by_role("row", name=GROUP)).to_contain_text("AWS-Dev-Read")
    erin.goto("/sign-ins/")
    expect(erin.locator("summary", has_text="Signed in as")).to_contain_text("erin@example.com")


def test_a_trial_says_why_somebody_would_be_refused(erin: Page, saml: SimpleSamlPhp) -> None:
    saml.change("charlie", **{EMAIL: []})
    try_provider(erin, SAML)
    sign_in_at_saml(erin, "charlie")
    expect(erin.get_by_text("This sign-in would be refused.")).to_be_visible()
    expect(erin.get_by_role("main")).to_contain_text("email_missing")


def test_a_trial_by_openid(erin: Page, openid: OpenIdProvider) -> None:
    try_provider(erin, OPENID)
    sign_in_at_openid(erin, "erin")
    expect(erin.get_by_role("region", name="Who came back")).to_contain_text("erin@example.com")


def test_a_certificate_that_is_about_to_expire_is_told(erin: Page, saml: SimpleSamlPhp, company: Company) -> None:
    saml.rotate_key(urgently=True, days=10)
    company.let_pass(minutes=1)
    card(erin, SAML).get_by_role("button", name="Check now").click()
    expect(card(erin, SAML)).to_contain_text("The newest signing certificate expires in")
