"""One browser for a module of tests, whoever drives it.

While Playwright runs, it leaves its event loop marked as running in this thread: nothing else of asyncio works beside
it, ASGI least of all. So it ends with its module.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.lanes import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The browser keeps to loopback as Python's sockets do; foreign providers' pages name fonts elsewhere.
FLAGS += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright  # takes a while, which tests without a browser need not wait

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django takes that event loop for our own.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()
