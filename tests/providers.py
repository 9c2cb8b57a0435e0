"""A providers file with one of each protocol, of which none answers; for tests of all addresses."""

from pathlib import Path

import pytest

from tests.addresses import Address

PROVIDERS = """
[providers.google]
kind = "google"
name = "Google"
issuer = "http://127.0.0.1:1"
client_id = "daypass"
client_secret = "env:TEST_SECRET"
domains = ["example.com"]
scim_token = "env:TEST_SECRET"
scim_match = "subject"

[providers.adfs]
kind = "adfs"
name = "AD FS of the Example Company for Cloud Consulting"
issuer = "http://127.0.0.1:1/adfs"
client_id = "daypass-at-adfs"
client_secret = "env:TEST_SECRET"
domains = ["example.com"]

[providers.corp]
kind = "saml"
name = "Corp"
metadata_url = "http://127.0.0.1:1/metadata"
entity_id = "corp"
uid_claim = "uid"
email_claim = "email"
domains = ["example.com"]

[providers.facebook]
kind = "facebook"
name = "Facebook"
client_id = "1032457689012345"
client_secret = "env:TEST_SECRET"
"""
OF_PROTOCOL = {"saml": "corp", "social": "facebook"}


def declared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the file and its secret; return where it is, for DAYPASS_PROVIDERS."""
    monkeypatch.setenv("TEST_SECRET", "only-for-tests-" * 3)
    (folder / "daypass.toml").write_text(PROVIDERS)
    return str(folder / "daypass.toml")


def provider_of(place: Address) -> str:
    """Return a provider of the address's protocol."""
    return OF_PROTOCOL.get(place.name.partition("_")[0], "google")
