"""What people do at the company's providers, by the words that those providers show."""

from playwright.sync_api import Page, expect

from tests.idps.simplesamlphp import PASSWORD
from tests.journeys.company.company import Company


def press_provider(page: Page, name: str) -> None:
    """Begin a sign-in at the portal's own page."""
    page.goto("/sign-in/")
    page.get_by_role("button", name=f"Sign in with {name}", exact=True).click()


def sign_in_at_openid(page: Page, person: str) -> None:
    """Fill in oidc-provider's form; it believes every password."""
    page.get_by_placeholder("Enter any login").fill(person)
    page.get_by_placeholder("and password").fill("none is checked")
    page.get_by_role("button", name="Sign-in").click()


def sign_in_at_saml(page: Page, person: str) -> None:
    """Fill in SimpleSAMLphp's form."""
    page.get_by_label("Username").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()


def roles_on(page: Page) -> list[str]:
    """Return the names of the roles that the catalog shows."""
    page.wait_for_url("**/")
    return sorted(page.locator("#results .row-name").all_inner_texts())


def expect_refusal(page: Page, company: Company, reason: str, sentence: str) -> None:
    """See the page of a refused sign-in, with a reference that the ledger knows the reason of; be a stranger still."""
    expect(page.get_by_role("heading", name="Sign-in refused")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(sentence)
    assert company.reason(page.locator(".reference code, .reference .mono").first.inner_text()) == reason
    expect_stranger(page)


def expect_stranger(page: Page) -> None:
    page.goto("/sign-ins/")
    expect(page.get_by_role("heading", name="Sign in to Daypass")).to_be_visible()


def expect_signed_in(page: Page) -> None:
    page.goto("/sign-ins/")
    expect(page.get_by_role("heading", name="Sign-ins", exact=True)).to_be_visible()
