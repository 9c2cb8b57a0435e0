"""The rooms' own fixtures: the real local providers in their process, and a browser that walks through them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import Client
from pytest_django import Settings

from accounts import groups, wire
from accounts.models import SignIn, User
from accounts.oidc import discovery, keys
from audit import record
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps, sign_in_as, start_local_idps
from portal import outgoing
from roles.models import RoleMapping
from tests.conftest import MakeRole

Answer = Any  # django-stubs gives the test client's answer a name that cannot be imported

PROVIDERS = """
[providers.google]
kind = "google"
name = "Google"
issuer = "{google.issuer}"
client_id = "{google.client_id}"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]

[providers.adfs]
kind = "adfs"
name = "AD FS"
issuer = "{adfs.issuer}"
client_id = "{adfs.client_id}"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]
auth_params = {{ resource = "{adfs.resource}" }}
"""


@pytest.fixture(autouse=True)
def _room() -> None:
    cache.clear()


@pytest.fixture(scope="session")
def running_idps() -> Iterator[LocalIdps]:
    with start_local_idps() as idps:
        yield idps


@pytest.fixture(scope="session")
def providers_file(running_idps: LocalIdps, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("providers") / "daypass.toml"
    path.write_text(PROVIDERS.format(google=running_idps.google, adfs=running_idps.adfs))
    return path


@pytest.fixture
def idps(
    running_idps: LocalIdps, providers_file: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> LocalIdps:
    """Both providers as at their start, and this portal set up for them."""
    monkeypatch.setenv("TEST_CLIENT_SECRET", running_idps.google.client_secret)
    settings.DAYPASS_PROVIDERS = str(providers_file)
    running_idps.reset()
    forget()
    return running_idps


def forget() -> None:
    """Forget what this process keeps of the providers."""
    discovery.forget()
    keys.keys_at.cache_clear()


@pytest.fixture(params=["google", "adfs"])
def idp(idps: LocalIdps, request: pytest.FixtureRequest) -> LocalIdp:
    chosen: LocalIdp = getattr(idps, request.param)
    return chosen


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that this process asks, in order. The provider's own list may hold late answers to others."""
    seen: list[str] = []
    ask = outgoing.ask

    def watched(method: str, url: str, **options: Any) -> outgoing.Answer:
        seen.append(url)
        return ask(method, url, **options)

    monkeypatch.setattr(wire, "ask", watched)
    return seen


@dataclass
class Walk:
    """A browser on its way through a sign-in."""

    client: Client = field(default_factory=Client)
    outside: requests.Session = field(default_factory=requests.Session)

    def start(self, slug: str, **form: str) -> str:
        """Press the provider's button; return where the browser is sent."""
        answer = self.client.post(f"/accounts/oidc/{slug}/login/", form)
        assert answer.status_code == 302, answer.content
        return answer.headers["Location"]

    def come_back(self, slug: str, person: str, **form: str) -> str:
        """Sign in at the provider; return the callback's address, not yet called."""
        address = sign_in_as(self.outside, self.start(slug, **form), person)
        return address.removeprefix("http://testserver")

    def sign_in(self, slug: str, person: str = "alice", **form: str) -> Answer:
        return self.client.get(self.come_back(slug, person, **form))


@pytest.fixture
def walk() -> Walk:
    return Walk()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[type[Model] | None]:
    """The models of which rows are locked, in order; None for a lock outside a transaction, which holds nothing.

    Whether that makes others wait, PostgreSQL alone can tell.
    """
    models, lock = list[type[Model] | None](), QuerySet.select_for_update

    def noted(rows: QuerySet[Any], *args: Any, **options: Any) -> QuerySet[Any]:
        is_inside = any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
        models.append(rows.model if is_inside else None)
        return lock(rows, *args, **options)

    monkeypatch.setattr(QuerySet, "select_for_update", noted)
    return models


class LedgerAwayError(Exception):
    """The event cannot be written."""


@pytest.fixture
def ledger_fails_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what lets the ledger take so many events more, and not the next one."""
    write = record.insert  # type: ignore[attr-defined]  # what it records by

    def let(more: int) -> None:
        numbers = count()

        def take(*rows: Any) -> None:
            if next(numbers) == more:
                raise LedgerAwayError
            write(*rows)

        monkeypatch.setattr(record, "insert", take)

    return let


SignInAs = Callable[..., SignIn]
Name = Callable[..., None]


@pytest.fixture
def name_groups(make_role: MakeRole) -> Name:
    """Return what maps a role to principals, so that sign-ins keep these groups."""

    def name(*principals: str) -> None:
        make_role(f"Named{RoleMapping.objects.count()}", *principals)

    return name


@pytest.fixture
def _every_group_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests without a database: whatever group is asked for, a mapping names it."""
    monkeypatch.setattr(groups, "_named", [lambda wanted: wanted])


@pytest.fixture
def real_sign_in(idps: LocalIdps, db: None) -> SignInAs:
    """Return a maker of real sign-ins: ``real_sign_in("adfs", "bob")``."""

    def make(slug: str, person: str = "alice") -> SignIn:
        answer = Walk().sign_in(slug, person)
        assert answer.status_code == 302, answer.content
        return SignIn.objects.latest("started_at")

    return make


def refused(answer: Answer) -> Event:
    """Assert that this answer refused a sign-in as every refusal must, and return its event."""
    event = Event.objects.get(tag="accounts:sign_in:refuse")
    assert answer.status_code in {403, 503}
    assert event.reference in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (User.objects.count(), SignIn.objects.count(), Event.objects.count()) == (0, 0, 1)
    assert "eyJ" not in str(event.details)
    return event


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
