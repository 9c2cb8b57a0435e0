"""Signing out at ADFS, whose page tells the portal in a frame of another site."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from demo.world import World
from tests.journeys.people import sign_in

pytestmark = pytest.mark.lane("browser")


@pytest.fixture
def remembering_adfs(world: World) -> None:
    """Let ADFS know who signed in with which browser."""
    requests.post(f"{world.place.idp}/_demo/settings/adfs", json={"remember": True}, timeout=10).raise_for_status()


def test_signing_out_at_adfs_signs_out_here(page: Page, world: World, remembering_adfs: None) -> None:
    sign_in(page, "Alice", provider="Example ADFS")
    with page.expect_response(f"{world.place.portal}/accounts/oidc/adfs/logout/front/*") as told:
        page.goto(f"{world.place.idp}/adfs/oauth2/logout")
    assert told.value.status == 200
    page.goto("/sign-ins/")
    expect(page.get_by_text("You signed out at Example ADFS, which signed you out here too.")).to_be_visible()


@pytest.fixture
def framing_page(world: World) -> Iterator[str]:
    """Somebody's page that loads the address of the front channel in a frame."""
    address = f"{world.place.portal}/accounts/oidc/adfs/logout/front/?sid=guess"

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<iframe src='{address}'></iframe>".encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_no_other_page_can_put_it_into_a_frame(context: BrowserContext, world: World, framing_page: str) -> None:
    page = context.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text) as said:
        page.goto(framing_page)
    assert f"frame-ancestors {world.place.idp}" in said.value.text
    page.frames[1].wait_for_url("chrome-error://chromewebdata/")
