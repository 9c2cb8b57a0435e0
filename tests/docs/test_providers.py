"""docs/providers: the portal takes each page's TOML, and answers at each address that the page says to register."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from accounts.providers.declared import Kind, OpenIdProvider, Provider
from accounts.providers.file import load
from tests.accounts.google_groups.keys import service_account_key

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in (DOCS / "providers").glob("*.md") if 'kind = "saml"' not in path.read_text())
BLOCK = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"https://daypass\.example\.com(/accounts/[\w/-]+)")
BLOCKS = [(path.stem, text) for path in PAGES for text in BLOCK.findall(path.read_text())]


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret that a page names is there."""
    for name in re.findall(r'"env:(\w+)"', "".join(text for _, text in BLOCKS)):
        monkeypatch.setenv(name, "a secret")


def read(folder: Path, text: str) -> Provider:
    """Return the one provider of a block, read as at start; the files that it names stand beside it."""
    (folder / "client_secret").write_text("a secret")
    (folder / "service_account").write_text(json.dumps(service_account_key()))
    path = folder / "daypass.toml"
    path.write_text(re.sub(r'(client_secret|service_account)_file = ".*"', r'\1_file = "\1"', text))
    (provider,) = load(path, plain_http_on_loopback=False).values()
    return provider


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(("page", "text"), BLOCKS)
def test_the_portal_takes_what_the_page_says(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path, text).slug in page


def expected(slug: str, kind: str) -> set[str]:
    if kind in {Kind.FACEBOOK, Kind.AMAZON}:
        return {reverse("social_callback", args=[slug])}
    names = ("callback", "front_logout", "back_logout")
    return {reverse(f"openid_connect_{name}", args=[slug]) for name in names}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_addresses_to_register_are_those_of_this_provider(path: Path) -> None:
    text = path.read_text()
    ((slug, table),) = tomllib.loads(BLOCK.findall(text)[0])["providers"].items()
    addresses, known = set(ADDRESS.findall(text)), expected(slug, table["kind"])
    assert addresses <= known
    assert {address for address in known if "callback" in address} <= addresses


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(("page", "text"), BLOCKS)
def test_a_page_that_promises_renewal_asks_for_it(tmp_path: Path, page: str, text: str) -> None:
    """AD FS, Facebook and Amazon give what renews a sign-in without being asked to."""
    provider = read(tmp_path, text)
    if not isinstance(provider, OpenIdProvider) or provider.kind is Kind.ADFS:
        return
    params: dict[str, Any] = dict(provider.auth_params)
    assert "offline_access" in provider.scopes or params["access_type"] == "offline", page


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "sign-in.md").read_text()
    pages = {path.name for path in (DOCS / "providers").glob("*.md")}
    assert set(re.findall(r"\]\(providers/([\w-]+\.md)\)", index)) == pages
