"""One person with an identity at each of the company's two providers."""

import pytest
from playwright.sync_api import Page, expect

from tests.idps.oidc_provider import OpenIdProvider
from tests.idps.simplesamlphp import GROUP, SimpleSamlPhp
from tests.idps.simplesamlphp import NAME as FULL_NAME
from tests.journeys.company.company import NAMES, OPENID, SAML
from tests.journeys.company.people import press_provider, roles_on, sign_in_at_openid, sign_in_at_saml

pytestmark = [pytest.mark.lane("browser"), pytest.mark.lane("node"), pytest.mark.lane("saml")]


@pytest.fixture
def charlie(page: Page, openid: OpenIdProvider, saml: SimpleSamlPhp) -> Page:
    """Charlie, a developer at the OpenID provider and of production at the SAML provider, signed in with the former."""
    openid.change("charlie", groups=["AWS-Dev-Read"])
    saml.change("charlie", **{GROUP: ["AWS-Prod-Admin"]})
    press_provider(page, NAMES[OPENID])
    sign_in_at_openid(page, "charlie")
    page.wait_for_url("**/")
    return page


def go_to_link(page: Page, slug: str) -> None:
    page.goto("/identities/")
    page.get_by_role("button", name=f"Link an identity at {NAMES[slug]}", exact=True).click()


def test_two_identities_are_one_person_with_the_roles_of_the_one_they_came_with(charlie: Page) -> None:
    go_to_link(charlie, SAML)
    sign_in_at_saml(charlie, "charlie")
    charlie.get_by_role("button", name="Link charlie@example.com").click()
    expect(charlie.get_by_role("row", name=NAMES[SAML])).to_be_visible()
    charlie.goto("/")
    assert roles_on(charlie) == ["PowerDeveloper"]
    charlie.context.clear_cookies()
    press_provider(charlie, NAMES[SAML])
    sign_in_at_saml(charlie, "charlie")
    assert roles_on(charlie) == ["S3ReadOnly"]
    charlie.goto("/identities/")
    expect(charlie.get_by_role("row", name=NAMES[OPENID])).to_be_visible()


def test_nothing_is_linked_that_was_not_confirmed(charlie: Page, saml: SimpleSamlPhp) -> None:
    saml.change("erin", **{FULL_NAME: ["Zoë <i>O'Neil</i> & Söhne"]})
    go_to_link(charlie, SAML)
    sign_in_at_saml(charlie, "erin")
    expect(charlie.get_by_role("heading", name="Link this identity?")).to_be_visible()
    expect(charlie.get_by_role("main")).to_contain_text("erin@example.comAt Company SAML, Zoë <i>O'Neil</i> & Söhne")
    charlie.get_by_role("link", name="Not mine, leave it").click()
    expect(charlie.get_by_role("heading", name="Linked identities")).to_be_visible()
    expect(charlie.get_by_role("row", name="erin@example.com")).to_have_count(0)


def test_an_identity_can_be_let_go(charlie: Page) -> None:
    go_to_link(charlie, SAML)
    sign_in_at_saml(charlie, "audrey")
    charlie.get_by_role("button", name="Link audrey@example.com").click()
    charlie.get_by_role("button", name=f"Unlink audrey@example.com at {NAMES[SAML]}").click()
    charlie.get_by_role("button", name="Unlink", exact=True).click()
    expect(charlie.get_by_role("heading", name="Linked identities")).to_be_visible()
    expect(charlie.get_by_role("row", name="audrey@example.com")).to_have_count(0)


def test_one_address_at_two_providers_is_two_people(page: Page, openid: OpenIdProvider, saml: SimpleSamlPhp) -> None:
    press_provider(page, NAMES[OPENID])
    sign_in_at_openid(page, "bob")
    page.wait_for_url("**/")
    page.context.clear_cookies()
    press_provider(page, NAMES[SAML])
    sign_in_at_saml(page, "bob")
    page.wait_for_url("**/")
    page.goto("/identities/")
    expect(page.locator("tbody").get_by_role("row")).to_have_count(1)
    expect(page.get_by_role("row", name=NAMES[SAML])).to_be_visible()
