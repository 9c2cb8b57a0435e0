"""Whoever is refused asks again and again, at every door: the ledger, the outbox and all tables stop growing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import refusal_log
from accounts.limits import Limit
from accounts.models import SignIn
from audit.record import Origin
from roles.access import grant_for
from roles.models import RoleMapping
from sdk.api import OPERATIONS
from sdk.container import PATH, make_token
from tests.addresses import Address, addresses
from tests.conftest import SANDBOX, Browser, MakeRole, Signed
from tests.providers import declared, provider_of
from tests.sdk.conftest import DEVICE_CODE, Admit, Tool, admitted
from tests.sdk.pkce import PKCE, request_of

ALICE = "user:alice@example.com"
__all__ = ["admitted"]  # a fixture of the tools
SOME, MORE = 6, 3  # the smallest of the other limits, five a minute, is told by then
GROWS = {"sessions.Session", "accounts.RateCount"}
TYPED = {"user_code": "BCDF-GHJK", "decision": "refuse", "code": "123456", "recovery_code": "x", "username": "erin"}
TYPED |= {
    "password": "x",
    "logout_token": "x.y.z",
    "SAMLResponse": "eA==",
    "RelayState": "x",
    "state": "x",
    "name": "x",
}


@pytest.fixture(autouse=True)
def _world(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(refusal_log, "REFUSAL", Limit("refusal", 1, 600))
    caplog.set_level(logging.CRITICAL, "django")
    settings.DAYPASS_PROVIDERS = declared(tmp_path, monkeypatch)
    settings.DAYPASS_BREAK_GLASS = True


def growth(ask: Callable[[], object]) -> set[str]:
    """Return the models whose tables still grow after somebody asked some times already."""
    sizes = []
    for times in (SOME, MORE):
        for _ in range(times):
            ask()
        sizes.append({model._meta.label: model._base_manager.count() for model in apps.get_models()})
    return {label for label in sizes[0] if sizes[1][label] > sizes[0][label]} - GROWS


def path_of(place: Address) -> str:
    """Fill an address with what there is: a role that Charlie may not take, providers, and nobody's ids."""
    slug = provider_of(place)
    known = {"provider_id": slug, "slug": slug, "path": "/Users", "account_id": SANDBOX, "role_name": "S3ReadOnly"}
    return place.filled(lambda gap: known.get(gap, "events" if gap == "0" else "csv" if gap == "1" else str(uuid4())))


@pytest.mark.parametrize(
    "place", [each for each in addresses() if not each.route.startswith("admin/")], ids=lambda each: each.name
)
def test_no_door_lets_whoever_is_refused_fill_the_ledger(
    place: Address, signed_in: Signed, browser: Browser, make_role: MakeRole
) -> None:
    make_role("S3ReadOnly", ALICE)
    query = request_of(Tool().register(**PKCE)).removeprefix("/authorize") if place.name == "sdk:authorize" else ""
    for client in (Client(), browser(signed_in("charlie"))):
        for method in ("get", "post"):
            send = partial(_send, client, method, place, query)
            assert growth(send) == set(), method


def _send(client: Client, method: str, place: Address, query: str) -> None:
    getattr(client, method)(path_of(place) + query, {**TYPED, "request_key": str(uuid4())})


@pytest.mark.parametrize("path", [*OPERATIONS, PATH])
def test_no_operation_of_tools_lets_whoever_is_refused_fill_the_ledger(
    path: str, admitted: Admit, signed_in: Signed, make_role: MakeRole
) -> None:
    make_role("S3ReadOnly", ALICE)
    tool = admitted(signed_in("charlie"))
    role = {"account_id": SANDBOX, "role_name": "S3ReadOnly"}
    for token in ("", "x", tool.tokens["accessToken"]):
        where = f"{PATH}{SANDBOX}/S3ReadOnly" if path == PATH else path
        assert growth(lambda: tool.get(where, token, **role)) == set()  # noqa: B023  # called here
    for body in ({}, {**tool.registered, "grantType": DEVICE_CODE, "deviceCode": "x"}):
        assert growth(lambda: tool.post(path, body)) == set()  # noqa: B023  # called here


def test_a_container_token_whose_mapping_is_gone_fills_nothing(
    alice: SignIn, make_role: MakeRole, browser: Browser
) -> None:
    grant = grant_for(sign_in=alice, account_id=SANDBOX, role_name=make_role("S3ReadOnly", ALICE).name)
    until = timezone.now() + timedelta(hours=1)
    token = make_token(sign_in=alice, grant=grant, name="ci", expires_at=until, origin=Origin())
    RoleMapping.objects.all().delete()
    path, headers = f"{PATH}{SANDBOX}/S3ReadOnly", {"Authorization": f"Bearer {token}"}
    assert Client().get(path, headers=headers).status_code == 403
    assert growth(lambda: Client().get(path, headers=headers)) == set()
