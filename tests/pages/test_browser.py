"""Pages in a real browser: axe-core finds nothing, nothing stands out at the side, and each button is in sight.

720 is what a window of 1440 has left at 200 %. On paper there is nothing to press and nothing that is hidden.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.pages.served import Desk, serving
from tests.pages.walk import Page, pages
from tests.pages.world import Portal

pytestmark = pytest.mark.lane("browser")
WIDTHS = (1440, 960, 768, 720, 390, 320)
AXED = (1440, 768, 390)
PARTS = 4  # of the pages, so that processes share them
ELEMENT = re.compile(r"<[a-z][^>]*>")
VALUE = re.compile(r'\b(?!class|type|role|method)[\w-]+="[^"]*"|\d+')
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Colours are the same at each width; contrast takes most of the time.
RULES = {width: {"color-contrast": {"enabled": width == AXED[0]}} for width in AXED}
AXE = "rules => axe.run(document, {resultTypes: ['violations'], preload: false, rules})"
OUT_OF_SIGHT = """() => [...document.querySelectorAll("button, .button, [type=submit]")].filter((each) => {
  const box = each.getBoundingClientRect();
  return each.checkVisibility() && box.width > 1 && (box.right > innerWidth || box.left < 0);
}).map((each) => each.outerHTML)"""
NOT_FOR_PAPER = """() => [...document.querySelectorAll("nav, button, .button, [type=search], [type=submit], .mask")]
  .filter((each) => each.checkVisibility()).map((each) => each.outerHTML)"""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with serving() as started:
        yield started


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    context = chromium.new_context(reduced_motion="reduce")
    context.add_init_script(AXE_SCRIPT)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_and_is_accessible(portal: Portal, desk: Desk, tab: Tab, part: int) -> None:
    looked = [*looked_at(pages(portal))][part::PARTS]
    assert [fault for page in looked for fault in faults(tab, desk, page)] == []


def looked_at(found: list[Page]) -> Iterator[Page]:
    """Return the first page of each address, and of its others each with an element of a kind not seen there before."""
    kinds: dict[str, set[str]] = {}
    for page in found:
        here = {VALUE.sub("", element) for element in ELEMENT.findall(page.body)}
        if page.place not in kinds or not here <= kinds[page.place]:
            yield page
        kinds.setdefault(page.place, set()).update(here)


def faults(tab: Tab, desk: Desk, page: Page) -> Iterator[tuple[Any, ...]]:
    desk.page = page
    tab.set_viewport_size({"width": WIDTHS[0], "height": 900})
    tab.goto(f"{desk.url}{page.path}")
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate(SETTLED)
        for fault in found_on(tab, width):
            yield page.path, page.status, width, *fault
    tab.emulate_media(media="print")
    for element in tab.evaluate(NOT_FOR_PAPER):
        yield page.path, page.status, "on paper", element[:200]
    tab.emulate_media(media="screen")


def found_on(tab: Tab, width: int) -> Iterator[tuple[Any, ...]]:
    wide = tab.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        yield "wider than the window", wide
    for button in tab.evaluate(OUT_OF_SIGHT):
        yield "out of sight", button[:200]
    for violation in tab.evaluate(AXE, RULES[width])["violations"] if width in AXED else ():
        nodes = violation["nodes"]
        yield violation["id"], violation["impact"], len(nodes), nodes[0]["target"], nodes[0]["html"][:200]
