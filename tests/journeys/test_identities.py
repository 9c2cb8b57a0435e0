"""Linking an identity, looking at the providers and trying one, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from demo.world import World
from tests.journeys.people import sign_in

pytestmark = pytest.mark.lane("browser")
PROVIDERS = "/admin/accounts/providercheck/"


def prove(page: Page, person: str) -> None:
    page.get_by_role("button", name=f"{person} Example", exact=True).click()


def test_a_person_links_an_identity_and_signs_in_with_it(page: Page) -> None:
    sign_in(page, "Bob")
    page.goto("/sign-ins/")
    page.get_by_role("link", name="Linked identities").click()
    page.get_by_role("button", name="Link an identity at Example ADFS").click()
    prove(page, "Charlie")
    expect(page.get_by_role("heading", name="Link this identity?")).to_be_visible()
    expect(page.locator("main")).to_contain_text("bob@example.com")
    page.get_by_role("button", name="Link charlie@example.com").click()
    expect(page.get_by_role("status").first).to_contain_text("charlie@example.com at Example ADFS is linked.")
    sign_in_again_as_charlie(page)
    page.goto("/identities/")
    expect(page.get_by_role("row", name="Example ADFS This one")).to_contain_text("charlie@example.com")
    page.get_by_role("button", name="Unlink bob@example.com").click()
    page.get_by_role("button", name="Unlink", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("The identity at Google is unlinked.")


def sign_in_again_as_charlie(page: Page) -> None:
    page.get_by_role("button", name="Signed in as").or_(page.locator("summary", has_text="Signed in as")).first.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with Example ADFS").click()
    prove(page, "Charlie")
    page.wait_for_url("**/")


def test_an_identity_that_is_not_ones_own_is_left(page: Page) -> None:
    sign_in(page, "Alice")
    page.goto("/identities/")
    page.get_by_role("button", name="Link an identity at Example ADFS").click()
    prove(page, "Audrey")
    page.get_by_role("link", name="Not mine, leave it").click()
    expect(page.get_by_role("row")).to_have_count(2)  # the heading and Google


def test_an_administrator_looks_at_a_provider_and_tries_it(page: Page, world: World) -> None:
    sign_in(page, "Erin")
    page.goto(PROVIDERS)
    page.get_by_role("button", name="Check now, Example ADFS").click()
    card = page.get_by_role("region", name="Example ADFS")
    expect(card).to_contain_text("Working", timeout=20_000)  # the page comes back for it by itself
    expect(card).to_contain_text("Signing certificate")
    page.get_by_role("button", name="Try this provider, Example ADFS").click()
    prove(page, "Alice")
    expect(page.get_by_role("heading", name="Trial of Example ADFS")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("This person would be signed in.")
    expect(page.locator("main")).to_contain_text("group:adfs:AWS-Prod-Admin")
    expect(page.get_by_role("link", name="ProductionAdmin")).to_be_visible()
    page.goto("/sign-ins/")
    expect(page.locator("main")).to_contain_text("This one")
    assert "eyJ" not in page.content()


@pytest.mark.parametrize("path", ["/identities/", PROVIDERS, f"{PROVIDERS}tried/"])
def test_the_pages_fit_a_phone(page: Page, path: str) -> None:
    sign_in(page, "Erin")
    if path.endswith("tried/"):
        page.goto(PROVIDERS)
        page.get_by_role("button", name="Try this provider, Google").click()
        prove(page, "Alice")
    else:
        page.goto(path)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
