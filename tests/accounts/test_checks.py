from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

FILE = """
[providers.adfs]
kind = "adfs"
name = "AD FS"
issuer = "{issuer}"
client_id = "a"
client_secret = "env:TEST_SECRET"
domains = ["example.com"]
"""
Configure = Any


@pytest.fixture
def configure(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Configure:
    def write(issuer: str) -> None:
        monkeypatch.setenv("TEST_SECRET", "secret")
        path = tmp_path / f"{len(issuer)}.toml"
        path.write_text(FILE.format(issuer=issuer))
        settings.DAYPASS_PROVIDERS = str(path)

    return write


def found(*, deploy: bool = False) -> list[str]:
    messages = run_checks(tags=["security"], include_deployment_checks=deploy)
    return [str(message.id) for message in messages if str(message.id).startswith("accounts.") and message.hint]


def test_nobody_can_sign_in(settings: Settings) -> None:
    assert found() == ["accounts.W001"]


def test_break_glass_is_on(settings: Settings) -> None:
    settings.DAYPASS_BREAK_GLASS = True
    assert found() == ["accounts.W002"]


def test_administrators_that_can_never_be(settings: Settings, configure: Configure) -> None:
    configure("https://fs.example.com/adfs")
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com", "group:adfs:Admins", "domain:example.com"]
    settings.DAYPASS_ADMINISTRATORS += ["subject:adfs:pX0c3+5hJ="]
    assert found() == []
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@elsewhere.example", "group:google:Admins", "erin@example.com"]
    settings.DAYPASS_ADMINISTRATORS += ["user:Erin@example.com", "subject:facebook:1"]
    assert found() == ["accounts.W003"] * 5


def test_a_provider_by_plain_http_is_no_deployment(configure: Configure) -> None:
    configure("http://127.0.0.1:8001/adfs")
    assert "accounts.E004" in found(deploy=True)
    configure("https://fs.example.com/adfs")
    assert "accounts.E004" not in found(deploy=True)
