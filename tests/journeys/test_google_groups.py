"""Google groups in a real browser: Erin maps a nested group, Bob takes by it, and learns it when Google is down."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from demo.world import World
from tests.journeys.people import sign_in

pytestmark = pytest.mark.lane("browser")
GROUP = "group:google:engineering@example.com"  # Bob is in a group that is in it


@pytest.fixture
def erin(browser: Browser, world: World) -> Iterator[Page]:
    context = browser.new_context(base_url=world.place.portal)
    page = context.new_page()
    sign_in(page, "Erin", provider="Example ADFS")
    yield page
    context.close()


@pytest.fixture
def mapped(erin: Page) -> Iterator[None]:
    """Storyteller, which Bob has not otherwise, is mapped to the group while the test runs."""
    erin.goto("/admin/roles/rolemapping/add/")
    erin.locator(".select2-selection").click()
    erin.locator(".select2-search__field").fill("Storyteller")
    erin.locator(".select2-results__option", has_text="Storyteller").first.click()
    expect(erin.locator(".select2-selection__rendered")).to_contain_text("Storyteller")
    erin.get_by_label("Principal").fill(GROUP)
    erin.get_by_role("button", name="Save", exact=True).click()
    expect(erin.get_by_text(f"No mapping named {GROUP} before.")).to_be_visible()
    yield
    erin.goto(f"/admin/roles/rolemapping/?q={GROUP}")
    erin.get_by_role("link", name=GROUP).click()
    erin.get_by_role("link", name="Delete").click()
    erin.get_by_role("button", name="Delete").click()
    expect(erin.get_by_text(re.compile("deleted successfully"))).to_be_visible()


def roles(page: Page) -> list[str]:
    return sorted(page.locator("#results .row-name").all_inner_texts())


@pytest.mark.usefixtures("mapped")
def test_a_role_by_a_nested_google_group_and_none_while_google_does_not_tell(page: Page, world: World) -> None:
    sign_in(page, "Bob")
    assert roles(page) == ["GoogleReader", "S3ReadOnly", "Storyteller"]
    fault: Any = {"provider": "google", "groups": {"status": 503, "body": ""}}
    assert requests.post(f"{world.place.idp}/_demo/faults", json=fault, timeout=10).status_code == 200
    page.goto("/sign-in/?again=1")
    choose_bob(page)
    expect(page.get_by_text("Google did not tell your groups")).to_be_visible()
    assert roles(page) == ["GoogleReader", "S3ReadOnly"]
    page.get_by_role("link", name="Sign in again").click()
    choose_bob(page)
    assert roles(page) == ["GoogleReader", "S3ReadOnly", "Storyteller"]


def choose_bob(page: Page) -> None:
    page.get_by_role("button", name="Sign in with Google").click()
    page.get_by_role("button", name="Bob Example", exact=True).click()
    page.wait_for_url("**/")
