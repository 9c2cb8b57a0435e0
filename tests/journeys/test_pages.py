"""The pages by keyboard, on a phone and without script, under the real content policy."""

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.world import World
from tests.journeys.people import open_role, secrets_on, sign_in, take

pytestmark = pytest.mark.lane("browser")
SANDBOX, ROLE = "111122223333", "S3ReadOnly"
PAGES = ("/", f"/roles/{SANDBOX}/{ROLE}/", "/activity/", "/sign-ins/", "/nothing-here/")


@pytest.fixture
def alice(page: Page) -> Page:
    sign_in(page, "Alice")
    return page


def test_search_by_keyboard(alice: Page) -> None:
    rows = alice.locator("#results .row")
    every = rows.count()
    alice.keyboard.press("/")
    alice.keyboard.type("s3read")
    expect(rows).to_have_count(1)
    expect(alice.locator("#live")).to_have_text("1 role matches “s3read”")
    alice.keyboard.press("ArrowDown")
    expect(alice.get_by_role("link", name=ROLE, exact=True)).to_be_focused()
    alice.keyboard.press("ArrowUp")
    alice.keyboard.press("Escape")
    expect(rows).to_have_count(every)


def test_the_tab_key_meets_the_way_to_the_content_first(alice: Page) -> None:
    alice.keyboard.press("Tab")
    expect(alice.get_by_role("link", name="Skip to content")).to_be_focused()


def test_a_star_turns_and_is_remembered(alice: Page) -> None:
    star = alice.locator("#results").get_by_role("button", name=f"Favourite {ROLE}")
    before = star.get_attribute("aria-pressed")
    with alice.expect_response("**/favourite/"):
        star.click()
    expect(star).not_to_have_attribute("aria-pressed", before or "")
    alice.reload()
    expect(star).not_to_have_attribute("aria-pressed", before or "")


def test_a_new_star_rises_at_once_and_keeps_the_focus(alice: Page) -> None:
    shelf = alice.get_by_role("region", name="Favourites").get_by_role("button", name=f"Favourite {ROLE}")
    star = alice.locator("#results").get_by_role("button", name=f"Favourite {ROLE}")
    if_starred = star.get_attribute("aria-pressed") == "true"
    for shown in (not if_starred, if_starred):
        star.click()
        expect(shelf).to_have_count(int(shown))
        expect(star).to_be_focused()
    expect(star).to_have_attribute("aria-pressed", str(if_starred).lower())


@pytest.mark.parametrize("way", ["reload", "leave and come back"])
def test_a_page_that_was_shown_once_leads_calmly_to_the_role(alice: Page, world: World, way: str) -> None:
    open_role(alice, world, SANDBOX, ROLE)
    take(alice)
    if way != "reload":
        alice.get_by_role("link", name="Activity").click()
        alice.get_by_role("heading", name="Activity").wait_for()
    alice.reload() if way == "reload" else alice.go_back()
    expect(alice.get_by_role("heading", name=ROLE, exact=True)).to_be_visible()
    expect(alice.get_by_role("button", name="Get credentials")).to_be_visible()


def test_tabs_are_tabs_and_every_format_is_masked(alice: Page, world: World) -> None:
    open_role(alice, world, SANDBOX, ROLE)
    take(alice)
    tabs = alice.get_by_role("tab")
    tabs.first.focus()
    for at in range(tabs.count()):
        expect(tabs.nth(at)).to_have_attribute("aria-selected", "true")
        panel = alice.get_by_role("tabpanel")
        expect(panel.locator(".mask")).to_have_count(2)
        assert max(map(len, panel.inner_text().split())) < 100  # a session token is far longer
        alice.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()


def test_copy_is_announced_and_reveal_shows(alice: Page, world: World) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_role(alice, world, SANDBOX, ROLE)
    take(alice)
    alice.get_by_role("button", name="Copy Credentials file").click()
    expect(alice.locator("#live")).to_have_text("Copied")
    copied = alice.evaluate("navigator.clipboard.readText()")
    alice.get_by_role("button", name="Reveal Credentials file").click()
    assert copied == alice.get_by_role("tabpanel").locator("[data-secret] code").text_content()


def test_each_value_is_copied_by_itself_by_keyboard(alice: Page, world: World) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_role(alice, world, SANDBOX, ROLE)
    take(alice)
    key, secret, token = (alice.locator(f"#{name}") for name in ("access-key-id", "secret-access-key", "session-token"))
    assert [secret.inner_text(), token.inner_text()] == ["•" * 24] * 2
    copied = {}
    for name in ("Access key ID", "Secret access key", "Session token", "AWS account ID", "Role ARN"):
        button = alice.get_by_role("button", name=f"Copy {name}", exact=True)
        button.focus()
        alice.keyboard.press("Enter")
        expect(alice.get_by_role("button", name=f"Copied {name}", exact=True)).to_be_focused()
        expect(alice.locator("#live")).to_have_text("Copied")
        copied[name] = alice.evaluate("navigator.clipboard.readText()")
    for name in ("Secret access key", "Session token"):
        alice.get_by_role("button", name=f"Reveal {name}").press("Enter")
    shown = [key.inner_text(), secret.inner_text(), token.inner_text(), SANDBOX, f"arn:aws:iam::{SANDBOX}:role/{ROLE}"]
    assert list(copied.values()) == shown
    assert secrets_on(alice) == shown[1:3]


def test_back_finds_a_form_that_works(alice: Page, world: World) -> None:
    open_role(alice, world, SANDBOX, ROLE)
    take(alice)
    alice.go_back()
    expect(alice.get_by_role("button", name="Get credentials")).not_to_have_attribute("aria-busy", "true")


def test_colours_are_remembered(alice: Page) -> None:
    switch = alice.get_by_role("button", name="Colours")
    switch.click()
    switch.click()
    alice.reload()
    expect(alice.locator("html")).to_have_attribute("data-theme", "dark")
    expect(switch).to_have_text("Colours: Dark")


def test_ending_a_sign_in_asks_first(alice: Page) -> None:
    alice.goto("/sign-ins/")
    alice.get_by_role("button", name="End the sign-in").first.click()
    alice.keyboard.press("Escape")
    expect(alice.get_by_role("heading", name="Sign-ins")).to_be_visible()
    alice.get_by_role("button", name="End the sign-in").first.click()
    alice.get_by_role("button", name="End sign-in").click()
    expect(alice.get_by_role("heading", name="Sign in to Daypass")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(alice: Page, path: str) -> None:
    alice.set_viewport_size({"width": 360, "height": 740})
    alice.goto(path)
    assert alice.evaluate("document.documentElement.scrollWidth") == 360


def test_without_script(browser: Browser, world: World) -> None:
    context = browser.new_context(base_url=world.place.portal, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "Alice")
    page.get_by_role("searchbox").fill("s3read")
    page.keyboard.press("Enter")
    expect(page.locator("#results .row")).to_have_count(1)
    page.get_by_role("link", name=f"Credentials, {ROLE}").last.click()
    take(page)
    expect(page.locator("#panel-json code")).to_be_hidden()
    page.locator("summary", has_text="Reveal JSON").click()
    expect(page.locator("#panel-json code")).to_contain_text("SessionToken")
    context.close()
