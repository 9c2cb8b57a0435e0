"""The administration in a real browser: each page quiet under the content policy, and a role made by hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import sign_in

pytestmark = pytest.mark.lane("browser")
ACCOUNT = "999900001111"


@pytest.fixture
def erin(page: Page) -> Page:
    """Erin, who administers, at the index; her page's console must stay quiet until the end."""
    sign_in(page, "Erin")
    page.get_by_role("link", name="Administration", exact=True).click()
    expect(page.get_by_role("heading", name="Administration", level=1)).to_be_visible()
    return page


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def stands(page: Page) -> None:
    """The page is there, whole, with its one heading, and nothing stands out at the side."""
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("#footer")).to_be_visible()
    assert fits(page), page.url


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_list_and_its_first_row_open_quietly(erin: Page, width: int, theme: str) -> None:
    erin.set_viewport_size({"width": width, "height": 900})
    erin.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    lists = erin.locator(".doors .door").evaluate_all("doors => doors.map(door => door.href)")
    assert (len(lists), fits(erin)) == (14, True)
    for address in lists:
        erin.goto(address)
        stands(erin)
        first = erin.locator("#result_list tbody th a").first
        if first.count():
            first.click()
            erin.wait_for_url(re.compile("/change/"))
            stands(erin)


def add(page: Page, kind: str) -> None:
    page.get_by_role("link", name=f"Add {kind}").click()


def delete(page: Page, what: str) -> None:
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text(re.compile(f"{what}.*deleted successfully"))).to_be_visible()


def go(page: Page, section: str) -> None:
    page.get_by_role("navigation", name="Administration").get_by_role("link", name=section, exact=True).click()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def add_account_and_role(page: Page) -> None:
    page.get_by_role("link", name="AWS accounts", exact=True).click()
    add(page, "AWS account")
    page.get_by_label("Account ID").fill(ACCOUNT)
    page.get_by_label("Name").fill("Made by hand")
    save(page)
    go(page, "Roles")
    add(page, "role")
    page.get_by_label("Role ARN").fill(f"arn:aws:iam::{ACCOUNT}:role/Reader")
    page.locator("#id_mappings-0-principal").fill("user:bob@example.com")
    page.get_by_text("Add another mapping").click()
    page.locator("#id_mappings-1-principal").fill("group:adfs:AWS-Nobody")
    save(page)


def test_an_account_a_role_and_who_may_take_it(erin: Page) -> None:
    add_account_and_role(erin)
    erin.get_by_role("link", name="Reader", exact=True).click()
    erin.get_by_role("link", name="Who can take this role").click()
    expect(erin.get_by_role("heading", name="2 mappings")).to_be_visible()
    erin.get_by_placeholder("alice@example.com").fill("erin@example.com")
    erin.get_by_role("button", name="Explain").click()
    expect(erin.get_by_text("No mapping of the role (2 in all) names a principal").first).to_be_visible()

    erin.get_by_role("link", name="Reader", exact=True).click()
    delete(erin, "Reader")
    go(erin, "AWS accounts")
    erin.get_by_role("link", name="Made by hand").click()
    delete(erin, "Made by hand")


def test_a_role_is_chosen_while_one_types(erin: Page) -> None:
    erin.get_by_role("link", name="Mappings", exact=True).click()
    add(erin, "mapping")
    erin.locator(".select2-selection").click()
    erin.locator(".select2-search__field").fill("S3Read")
    erin.locator(".select2-results__option", has_text="S3ReadOnly").first.click()
    expect(erin.locator(".select2-selection__rendered")).to_contain_text("S3ReadOnly")
    erin.get_by_label("Principal").fill("alice")
    save(erin)
    expect(erin.get_by_text("Write user:alice@example.com, group:adfs:AWS-Admins")).to_be_visible()
