"""The pages about SAML: what they show can be copied, and every key is explained."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from accounts.providers.declared import Provider, SamlProvider
from accounts.providers.file import load
from accounts.providers.saml import FORMATS
from tests.accounts.saml.idp import pair

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "providers" / "saml.md", DOCS / "providers" / "adfs-saml.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_page_shows_can_be_copied(page: Path, tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)
    assert shown
    (tmp_path / "saml.key").write_text(pair("portal").key)
    (tmp_path / "saml.crt").write_text(pair("portal").certificate)
    (tmp_path / "daypass.toml").write_text(shown[1].replace("/etc/daypass/", ""))
    (found,) = load(tmp_path / "daypass.toml", plain_http_on_loopback=False).values()
    assert isinstance(found, SamlProvider)
    assert found.sp_private_key


def test_the_page_explains_every_key() -> None:
    page = PAGES[0].read_text()
    every_providers = {field.name for field in fields(Provider)} | {"plain_http_on_loopback"}
    keys = {field.name for field in fields(SamlProvider)} - every_providers
    assert {key for key in keys if f"`{key}" not in page} == set()
    assert {name for name in FORMATS if f"`{name}`" not in page} == set()
