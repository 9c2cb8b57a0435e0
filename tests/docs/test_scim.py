"""The manual of directories is held against what is there."""

import re
from pathlib import Path

import pytest

from accounts.providers.declared import Provider, ScimMatch
from accounts.providers.file import load
from accounts.scim import body, filters, groups, listing, patching, user_rows
from accounts.scim.schema import MOST_RESULTS

PAGE = (Path(__file__).parents[2] / "docs" / "scim.md").read_text()
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BASE = """[providers.okta]
kind = "oidc"
name = "Okta"
issuer = "https://okta.example.test"
client_id = "me"
client_secret = "env:TEST_SECRET"
domains = ["example.com"]
"""


def read(keys: str, folder: Path) -> Provider:
    path = folder / "daypass.toml"
    path.write_text(BASE + keys)
    return load(path, plain_http_on_loopback=False)["okta"]


@pytest.mark.parametrize("block", BLOCKS)
def test_each_table_of_the_manual_is_read(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEST_SECRET", "OKTA_SCIM_TOKEN"):
        monkeypatch.setenv(name, "x" * 40)
    keys = block[block.index("scim_") :]
    token = "" if "scim_token" in keys else 'scim_token = "env:OKTA_SCIM_TOKEN"\n'
    assert (read(token + keys, tmp_path).scim_token, len(BLOCKS)) == (("x" * 40,), 4)


def test_the_manual_explains_every_way_of_matching() -> None:
    assert re.findall(r"^\| `(\w+)` \| the ", PAGE, re.MULTILINE) == [str(match) for match in ScimMatch]


def test_the_manual_tells_every_bound() -> None:
    for told in (
        f"{listing.USUAL_RESULTS} by default, at most {MOST_RESULTS}",
        f"at most {groups.MOST_MEMBERS_A_PAGE:,} members",
        f"up to {patching.MOST_OPERATIONS} operations",
        f"{body.MOST_BYTES // 2**20} MiB a request",
        f"{user_rows.MOST_EMAILS} addresses a user",
    ):
        assert told in PAGE


@pytest.mark.parametrize(("kind", "columns"), [("users", filters.USERS), ("groups", filters.GROUPS)])
def test_the_manual_names_what_one_may_filter_by(kind: str, columns: dict[str, object]) -> None:
    (row,) = re.findall(rf"^\| filters on {kind} \| (.*) \|$", PAGE, re.MULTILINE)
    told = {word.lower() for word in re.findall(r"`([\w.]+)", row)} | {"meta.created", "meta.lastmodified"}
    assert {name for name in columns if not name.startswith("members.")} - told == set()
