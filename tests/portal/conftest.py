"""A portal that has one of everything, in which Erin may look at all of it and confirmed a second factor just now."""

import logging
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from credentials import aws
from sdk.models import Authorization
from tests.accounts.second_factor.conftest import give_app
from tests.conftest import Browser, MakeRole, Signed
from tests.portal.administered import World, confirm, world
from tests.providers import declared


def refused_by_aws(*_: Any, **__: Any) -> None:
    raise aws.StsRefused("AccessDenied", 403, "no", "", "us-east-1")


@pytest.fixture
def whole(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    signed_in: Signed,
    make_role: MakeRole,
) -> World:
    settings.DAYPASS_PROVIDERS = declared(tmp_path, monkeypatch)
    settings.DAYPASS_BREAK_GLASS = True
    caplog.set_level(logging.CRITICAL, "django")
    monkeypatch.setattr(aws, "take", refused_by_aws)
    make_role("Mine", "user:erin@example.com", requires_reason=True)
    made = world(signed_in, make_role)
    erin = made.people["erin"]
    Authorization.objects.create(sign_in=erin, kind="device", expires_at=erin.expires_at)
    for slug in ("google", "adfs"):
        SocialAccount.objects.create(user=erin.user, provider=slug, uid="erin")
    give_app(erin.user)
    confirm(erin)
    return made


@pytest.fixture
def erin(whole: World, browser: Browser) -> Client:
    client = browser(whole.people["erin"])
    client.raise_request_exception = False
    return client
