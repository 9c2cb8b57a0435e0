"""What a whole world leaves on disk after a role was taken: neither AWS's secrets nor the provider's tokens."""

import json
import re

import pytest
from playwright.sync_api import Page

from demo.aws.seed import PRODUCTION
from demo.world import World
from tests.journeys.people import open_role, secrets_on, sign_in, take

pytestmark = pytest.mark.lane("browser")
JWT = re.compile(rb"eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}")


def written_by_the_portal(world: World) -> dict[str, bytes]:
    """Return every file of the portal's own: database with its write-ahead log, logs, static files."""
    others = {world.place.folder / "aws", world.place.folder / "idp"}
    files = [path for path in world.place.folder.rglob("*") if path.is_file() and not others & set(path.parents)]
    return {path.name: path.read_bytes() for path in files}


def test_no_secret_of_a_taken_role_is_written_anywhere(page: Page, world: World) -> None:
    sign_in(page, "Alice")
    open_role(page, world, PRODUCTION, "GoogleReader")
    take(page)
    secrets = secrets_on(page)
    files = written_by_the_portal(world)
    assert "daypass.sqlite3" in files
    assert {name for name, text in files.items() for secret in secrets if secret.encode() in text} == set()
    assert {name for name, text in files.items() if JWT.search(text)} == set()


def test_the_search_would_find_what_it_looks_for(page: Page, world: World) -> None:
    sign_in(page, "Alice")
    open_role(page, world, PRODUCTION, "GoogleReader")
    take(page)
    shown = page.locator(".value code", has_text="ASIA").inner_text()  # no secret, so the portal does keep it
    found = {name for name, text in written_by_the_portal(world).items() if shown.encode() in text}
    assert found & {"daypass.sqlite3", "daypass.sqlite3-wal"}


def test_a_jwt_is_recognised() -> None:
    part = "eyJ" + json.dumps({"sub": "x" * 20}).encode().hex()
    assert JWT.search(f"{part}.{part}.{part}".encode())
