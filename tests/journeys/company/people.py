"""What people do at the company's providers, by the words that those providers show."""

from playwright.sync_api import Page, expect


def press_provider(page: Page, name: str) -> None:
    """Begin a sign-in at the portal's own page."""
    page.goto("/sign-in/")
    page.get_by_role("button", name=f"Sign in with {name}", exact=True).click()


def sign_in_at_openid(page: Page, person: str) -> None:
    """Fill in oidc-provider's form; it believes every password."""
    page.get_by_placeholder("Enter any login").fill(person)
    page.get_by_placeholder("and password").fill("none is checked")
    page.get_by_role("button", name="Sign-in").click()


def roles_on(page: Page) -> list[str]:
    """Return the names of the roles that the catalog shows."""
    page.wait_for_url("**/")
    return sorted(page.locator("#results .row-name").all_inner_texts())


def expect_refusal(page: Page, sentence: str) -> None:
    """See the page of a refused sign-in with its reference, and be a stranger still."""
    expect(page.get_by_role("heading", name="Sign-in refused")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(sentence)
    expect(page.locator(".reference")).to_contain_text("DP-")
    page.goto("/sign-ins/")
    expect(page.get_by_role("heading", name="Sign in to Daypass")).to_be_visible()
