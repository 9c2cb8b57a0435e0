"""The portal in two states: with sixty of everything, and with nothing but who looks at it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.conftest import MakeRole, Signed
from tests.credentials.conftest import point
from tests.credentials.stub import assumed, start_stub
from tests.pages.world import Portal, empty, full
from tests.providers import declared

SECRETS = {"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "SessionToken": "FwoGZXIvYXdzE" * 40}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An AWS that gives whatever role is asked for, and a log that leaves out some hundred refusals."""
    caplog.set_level(logging.CRITICAL, "django")
    with start_stub() as running:
        running.body = assumed(**SECRETS)
        point(monkeypatch, running.url, aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s")
        yield


@pytest.fixture(params=["full", "empty"])
def portal(
    request: pytest.FixtureRequest,
    aws: None,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signed_in: Signed,
    make_role: MakeRole,
) -> Portal:
    if request.param == "empty":
        return empty(signed_in)
    settings.DAYPASS_PROVIDERS = declared(tmp_path, monkeypatch)
    settings.DAYPASS_BREAK_GLASS = True
    return full(signed_in, make_role)
