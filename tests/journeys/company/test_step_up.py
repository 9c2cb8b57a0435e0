"""Proving at the company's own provider that one is there, for a role that asks for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from demo.aws.seed import SANDBOX
from tests.idps.oidc_provider import OpenIdProvider
from tests.idps.simplesamlphp import GROUP, SimpleSamlPhp
from tests.journeys.company.company import NAMES, OPENID, SAML, Company
from tests.journeys.company.people import expect_refusal, press_provider, sign_in_at_openid, sign_in_at_saml
from tests.journeys.people import take

SignInAt = Callable[[Page, str], None]
pytestmark = pytest.mark.lane("browser")
PROVIDERS = [
    pytest.param(OPENID, sign_in_at_openid, marks=pytest.mark.lane("node"), id="prompt=login"),
    pytest.param(SAML, sign_in_at_saml, marks=pytest.mark.lane("saml"), id="ForceAuthn"),
]
ROLE = f"/roles/{SANDBOX}/S3ReadOnly/"


@pytest.fixture
def charlie(request: pytest.FixtureRequest, page: Page, company: Company, slug: str, sign_in_at: SignInAt) -> Page:
    """Charlie signed in twenty minutes ago, with a group whose role asks for a sign-in of the last fifteen."""
    provider: OpenIdProvider | SimpleSamlPhp = request.getfixturevalue("openid" if slug == OPENID else "saml")
    provider.change("charlie", **{"groups" if slug == OPENID else GROUP: ["AWS-Prod-Admin"]})
    press_provider(page, NAMES[slug])
    sign_in_at(page, "charlie")
    page.wait_for_url("**/")
    company.let_pass(minutes=20)
    return page


@pytest.mark.parametrize(("slug", "sign_in_at"), PROVIDERS)
def test_the_provider_asks_again_and_the_wish_is_kept(charlie: Page, slug: str, sign_in_at: SignInAt) -> None:
    charlie.goto(ROLE)
    charlie.get_by_label("Duration").select_option("900")
    take(charlie)
    expect(charlie.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    charlie.get_by_role("button", name=f"Sign in again with {NAMES[slug]}").click()
    sign_in_at(charlie, "charlie")  # its form is there, although it still knows the browser
    expect(charlie.get_by_role("heading", name="Credentials for S3ReadOnly")).to_be_visible()


def let_bob_confirm(page: Page, slug: str, sign_in_at: SignInAt) -> None:
    page.goto(ROLE)
    take(page)
    page.get_by_role("button", name=f"Sign in again with {NAMES[slug]}").click()
    sign_in_at(page, "bob")


@pytest.mark.parametrize(("slug", "sign_in_at"), PROVIDERS[1:])
def test_somebody_else_cannot_confirm(charlie: Page, company: Company, slug: str, sign_in_at: SignInAt) -> None:
    let_bob_confirm(charlie, slug, sign_in_at)
    expect(charlie.get_by_role("main")).to_contain_text("with another account than the one you are using here")
    assert company.reason(charlie.locator("#reference").inner_text()) == "step_up_other"
    charlie.goto(ROLE)
    take(charlie)
    expect(charlie.get_by_role("heading", name="Confirm that it is you")).to_be_visible()


@pytest.mark.parametrize(("slug", "sign_in_at"), PROVIDERS[:1])
def test_somebody_else_ends_the_session_there_and_so_the_sign_in_here(
    charlie: Page, company: Company, slug: str, sign_in_at: SignInAt
) -> None:
    """The provider lets one person go before it takes another, and tells the portal by its back channel."""
    let_bob_confirm(charlie, slug, sign_in_at)
    expect_refusal(charlie, company, "state", "This sign-in was started too long ago, in another browser, or was used")
