from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from pytest_django import Settings

from portal.policy import form_targets

FILE = """
[providers.adfs]
kind = "adfs"
name = "AD FS"
issuer = "https://fs.example.com/adfs"
client_id = "a"
client_secret = "env:TEST_SECRET"
domains = ["example.com"]
extra_form_origins = ["https://login.example.net:8443"]
"""


@pytest.fixture
def _configured(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", "secret")
    (tmp_path / "daypass.toml").write_text(FILE)
    settings.DAYPASS_PROVIDERS = str(tmp_path / "daypass.toml")


def test_without_providers_only_aws_is_a_target() -> None:
    assert {target for target in form_targets() if "aws" not in target} == set()
    assert "https://*.signin.aws.amazon.com" in form_targets()


@pytest.mark.usefixtures("_configured")
def test_configured_providers_and_the_local_aws_are_targets(settings: Settings) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = "http://127.0.0.1:8002/federation"
    assert {target for target in form_targets() if "amazon" not in target} == {
        "http://127.0.0.1:8002",
        "https://fs.example.com",
        "https://login.example.net:8443",
    }


@pytest.mark.usefixtures("_configured")
def test_the_header_names_them(db: None, settings: Settings) -> None:
    before = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
    try:
        apps.get_app_config("portal").ready()
        header = Client().get("/sign-in/").headers["Content-Security-Policy"]
    finally:
        settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = before
    directive = next(part for part in header.split("; ") if part.startswith("form-action"))
    assert directive.startswith("form-action 'self' ")
    assert " https://fs.example.com " in directive
