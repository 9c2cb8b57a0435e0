"""What people do in the browser, by the words that they see."""

import json
from pathlib import Path

from playwright.sync_api import Page

from demo.world import World


def sign_in(page: Page, person: str, *, provider: str = "Google") -> None:
    page.goto("/sign-in/")
    page.get_by_role("button", name=f"Sign in with {provider}").click()
    page.get_by_role("button", name=f"{person} Example", exact=True).click()
    page.wait_for_url("**/")


def open_role(page: Page, world: World, account_id: str, role: str) -> None:
    page.goto(f"{world.place.portal}/roles/{account_id}/{role}/")


def take(page: Page) -> None:
    """Press the button and wait for the answer, credentials or refusal."""
    with page.expect_navigation():
        page.get_by_role("button", name="Get credentials").click()


def download(page: Page, name: str, folder: Path) -> Path:
    """Press the visible panel's download button and return the saved file."""
    with page.expect_download() as pending:
        page.get_by_role("button", name=f"Download {name}").click()
    path = folder / pending.value.suggested_filename
    pending.value.save_as(path)
    return path


def secrets_on(page: Page) -> list[str]:
    """Reveal the JSON and return the secret key and the session token."""
    page.get_by_role("tab", name="JSON").click()
    page.get_by_role("button", name="Reveal JSON").click()
    shown = json.loads(page.locator("#panel-json pre").inner_text())
    return [shown["SecretAccessKey"], shown["SessionToken"]]
