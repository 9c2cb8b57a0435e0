"""The cast and their sign-ins, shared by all tests: Alice may, Bob may partly, Charlie may not, Audrey audits."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.models import SignIn, User
from audit import append_only
from roles.models import AwsAccount, Role, RoleMapping
from tests import lanes, raised
from tests.atomicity import every_event_commits_with_its_change
from tests.chromium import chromium
from tests.references import every_reference_leads_somewhere

__all__ = ["chromium", "every_event_commits_with_its_change", "every_reference_leads_somewhere"]
Signed = Callable[..., SignIn]
Browser = Callable[[SignIn], Client]
MakeRole = Callable[..., Role]
SANDBOX, PRODUCTION = "111122223333", "444455556666"

# How fast a machine is at this moment says nothing of the portal.
hypothesis_settings.register_profile("daypass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("daypass")

# The second run repeats the rooms on PostgreSQL; what needs other services has run on SQLite already.
ON_POSTGRESQL = os.environ.get("DAYPASS_TEST_RUN") == "postgresql"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose lane is missing here; tests/__main__.py says which and why."""
    absent = set(lanes.PROBES) - {"postgresql"} if ON_POSTGRESQL else {*lanes.missing(), "postgresql"}
    kept = [item for item in items if not absent & {mark.args[0] for mark in item.iter_markers("lane")}]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_sessionfinish() -> None:
    """In each process of a run."""
    raised.keep()


@pytest.fixture
def signed_in(db: None) -> Signed:
    """Return a maker of sign-ins: ``signed_in("alice", "group:adfs:AWS-Prod-Admin")``."""

    def make(name: str, *principals: str, provider: str = "google") -> SignIn:
        email = f"{name}@example.com"
        user, _ = User.objects.get_or_create(
            username=f"{provider}:{name}", defaults={"email": email, "name": name.title()}
        )
        now = timezone.now()
        return SignIn.objects.create(
            user=user,
            provider=provider,
            subject=name,
            email=email,
            principals=sorted({f"user:{email}", "domain:example.com", *principals}),
            authenticated_at=now,
            expires_at=now + timedelta(hours=12),
        )

    return make


def client_of(sign_in: SignIn) -> Client:
    """Return a test client with the session of who signed in."""
    client = Client()
    session = client.session
    session["sign_in"] = str(sign_in.pk)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


@pytest.fixture
def browser() -> Browser:
    """Return a maker of browsers: ``browser(alice)`` is a test client with Alice's session."""
    return client_of


@pytest.fixture
def alice(signed_in: Signed) -> SignIn:
    return signed_in("alice")


@pytest.fixture
def bob(signed_in: Signed) -> SignIn:
    return signed_in("bob")


@pytest.fixture
def charlie(signed_in: Signed) -> SignIn:
    return signed_in("charlie")


@pytest.fixture
def audrey(signed_in: Signed) -> SignIn:
    return signed_in("audrey")


@pytest.fixture(scope="session", autouse=True)
def flush_may_empty_the_ledger() -> Iterator[None]:
    """Let transactional tests empty their database: the ledger's triggers are lifted around that flush alone."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def lifted(operations: BaseDatabaseOperations, sql_list: list[str]) -> None:
        append_only.remove(operations.connection)
        flush(operations, sql_list)
        append_only.install(operations.connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lifted)
        yield


@pytest.fixture
def make_role(db: None) -> MakeRole:
    """Return a maker of roles: ``make_role("S3ReadOnly", "user:alice@example.com", account=SANDBOX)``."""

    def make(name: str, *principals: str, account: str = SANDBOX, **fields: object) -> Role:
        environment = "production" if account == PRODUCTION else "sandbox"
        owner, _ = AwsAccount.objects.get_or_create(
            account_id=account, defaults={"name": f"Example {environment.title()}", "environment": environment}
        )
        role: Role = Role.objects.create(account=owner, arn=f"arn:aws:iam::{account}:role/{name}", **fields)
        for principal in principals:
            RoleMapping.objects.create(role=role, principal=principal)
        return role

    return make


class Clock:
    """Says when now is, for the whole portal."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the models of which rows are locked from now on: on SQLite no second writer would notice."""
    found: list[str] = []
    lock = QuerySet.select_for_update

    def noted(rows: QuerySet[Any], **how: Any) -> QuerySet[Any]:
        found.append(rows.model.__name__)
        return lock(rows, **how)

    monkeypatch.setattr(QuerySet, "select_for_update", noted)
    return found
