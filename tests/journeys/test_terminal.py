"""Setting up a terminal and letting tools in, in a real browser under the real content policy."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from playwright.sync_api import Page, expect

from demo.world import World
from sdk.start_url import region_of
from tests.journeys.people import sign_in

pytestmark = pytest.mark.lane("browser")
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@pytest.fixture
def alice(page: Page) -> Page:
    sign_in(page, "Alice")
    return page


@pytest.fixture
def oidc(world: World) -> Any:
    unsigned = Config(signature_version=UNSIGNED)
    return boto3.client(
        "sso-oidc", endpoint_url=world.place.portal, region_name=region_of(world.place.portal), config=unsigned
    )


@pytest.fixture
def listening() -> Iterator[tuple[int, list[str]]]:
    """A tool that waits on this computer for what the browser brings, as the AWS CLI does."""
    brought: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            brought.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>You may close this page</h1>")

        def log_message(self, *args: object) -> None:
            """Say nothing: the path holds a code."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_port, brought
    server.shutdown()
    thread.join()
    server.server_close()


def for_codes(oidc: Any) -> Any:
    """Register a client as the AWS CLI does before it opens a browser."""
    return oidc.register_client(
        clientName="daypass",
        clientType="public",
        scopes=["sso:account:access"],
        grantTypes=["authorization_code", "refresh_token"],
        redirectUris=["http://127.0.0.1/oauth/callback"],
    )


def test_the_browser_carries_the_code_to_the_tool(
    alice: Page, oidc: Any, world: World, listening: tuple[int, list[str]]
) -> None:
    port, brought = listening
    address = f"http://127.0.0.1:{port}/oauth/callback"
    client = for_codes(oidc)
    query = f"response_type=code&client_id={client['clientId']}&redirect_uri={address}&state=s-1"
    alice.goto(f"{world.place.portal}/authorize?{query}&code_challenge_method=S256&code_challenge={CHALLENGE}")
    alice.get_by_role("button", name="Let it in").click()
    expect(alice.get_by_role("heading", name="You may close this page")).to_be_visible()
    found = re.search(r"code=([\w-]+)&state=s-1", brought[0])
    assert found
    named = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
    tokens = oidc.create_token(
        **named, grantType="authorization_code", code=found.group(1), redirectUri=address, codeVerifier=VERIFIER
    )
    assert tokens["tokenType"] == "Bearer"


def test_a_device_is_let_in_listed_and_ended_by_keyboard(alice: Page, oidc: Any, world: World) -> None:
    client = oidc.register_client(clientName="daypass", clientType="public", scopes=["sso:account:access"])
    named = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
    started = oidc.start_device_authorization(**named, startUrl=f"{world.place.portal}/start")
    alice.goto(started["verificationUri"])
    alice.get_by_label("Code").fill(started["userCode"].lower().replace("-", ""))
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("heading", name="Another device asks to come in")).to_be_visible()
    expect(alice.get_by_text("the same address as this browser")).to_be_visible()
    alice.get_by_role("button", name="Let it in").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("heading", name="The device is in")).to_be_visible()
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    assert oidc.create_token(**named, grantType=grant, deviceCode=started["deviceCode"])["refreshToken"]
    alice.goto(f"{world.place.portal}/tools/")
    rows = alice.locator("tbody tr")
    before = rows.count()
    rows.first.get_by_role("button", name=re.compile("^End")).click()
    alice.get_by_role("dialog").get_by_role("button", name="End tool").click()
    expect(rows).to_have_count(before - 1)


def test_the_configuration_is_copied_as_it_is_saved(alice: Page, world: World) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.goto(f"{world.place.portal}/terminal/")
    alice.get_by_label("Profile names").fill("work.{role}")
    alice.get_by_label("Region").select_option("eu-central-1")  # some roles have none of their own
    alice.get_by_role("button", name="Use these").click()
    alice.get_by_role("button", name="Copy configuration").click()
    expect(alice.locator("#live")).to_have_text("Copied")
    with alice.expect_download() as pending:
        alice.get_by_role("link", name="Download configuration").click()
    saved = pending.value.path().read_text()
    assert alice.evaluate("navigator.clipboard.readText()").strip() == saved.strip()
    assert "[profile work.S3ReadOnly]" in saved


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_tools_is_wider_than_the_window(
    alice: Page, world: World, screenshots: Any, width: int, theme: Any
) -> None:
    alice.set_viewport_size({"width": width, "height": 900})
    alice.emulate_media(color_scheme=theme)
    for path in ("terminal/", "tools/", "device", "roles/111122223333/S3ReadOnly/token/"):
        alice.goto(f"{world.place.portal}/{path}")
        wide = alice.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        name = path.strip("/").replace("/", "-")
        alice.screenshot(path=screenshots / f"{name}-{width}-{theme}.png", full_page=True)
