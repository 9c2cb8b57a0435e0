"""One running local world and one browser for all journeys of a test process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from demo.settings import Place
from demo.world import World, running
from tests.ports import three_free_ports


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(Place(port=three_free_ports(), folder=tmp_path_factory.mktemp("world"))) as started:
        yield started


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def context(browser: Browser, world: World) -> Iterator[BrowserContext]:
    fresh = browser.new_context(base_url=world.place.portal, accept_downloads=True)
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console must stay quiet: a blocked script or style is a failure."""
    opened, said = context.new_page(), []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            said.append(message.text)

    opened.on("console", listen)
    yield opened
    assert said == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(__file__).parents[1] / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
