"""A worker and its beat, by each broker, ask real providers about the sign-ins of a portal of its own."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import serializers
from django.utils import timezone

from accounts.models import SignIn, User
from demo.idp.testing import LocalIdps
from tests import lanes
from tests.accounts.conftest import SignInAs
from tests.audit.test_nothing_lost import forget
from tests.audit.world import World, world

EMBEDDED = [sys.executable, "-m", "tests.accounts.quick"]
OPTIONS = ["--beat", "--pool=solo", "--without-gossip", "--without-mingle"]
WORKER = [sys.executable, "-m", "celery", "-A", "tests.accounts.quick", "worker", *OPTIONS]
BROKERS = [
    pytest.param("", id="embedded"),
    pytest.param(lanes.REDIS_URL, marks=pytest.mark.lane("redis"), id="redis"),
    pytest.param(lanes.RABBITMQ_URL, marks=pytest.mark.lane("rabbitmq"), id="rabbitmq"),
]
FATE = "SELECT subject, end_reason, refreshed_at IS NOT NULL, refresh_token <> '' FROM accounts_signin"


@pytest.fixture(params=BROKERS)
def portal(
    request: pytest.FixtureRequest, tmp_path: Path, idps: LocalIdps, providers_file: Path
) -> Iterator[tuple[World, list[str]]]:
    """A portal that knows the providers, and how to start its worker."""
    with world(tmp_path, broker_url=request.param) as made:
        made.environment |= {"DAYPASS_PROVIDERS": str(providers_file), "TEST_CLIENT_SECRET": idps.adfs.client_secret}
        yield made, [*WORKER, f"--hostname={made.queue}@%h"] if request.param else EMBEDDED
        made.close()
        if request.param:
            forget(request.param, made.queue)


def move(portal: World, folder: Path) -> None:
    """Let that portal have the sign-ins of this one, their hour nearly over; both have the same keys."""
    SignIn.objects.update(started_at=timezone.now() - timedelta(minutes=53))
    path = folder / "sign-ins.json"
    path.write_text(serializers.serialize("json", [*User.objects.all(), *SignIn.objects.all()]))
    portal._python("-m", "django", "loaddata", str(path))


def fates(portal: World) -> dict[str, tuple[str, bool, bool]]:
    with portal.connect() as database:
        return {name: (why, bool(fresh), bool(held)) for name, why, fresh, held in database.execute(FATE).fetchall()}


@pytest.mark.django_db
def test_who_is_there_goes_on_and_who_left_is_out(
    portal: tuple[World, list[str]], idps: LocalIdps, real_sign_in: SignInAs, tmp_path: Path
) -> None:
    made, worker = portal
    stays, leaves = real_sign_in("adfs", "alice").subject, real_sign_in("adfs", "bob").subject
    idps.person("bob", disabled=True)
    move(made, tmp_path)
    assert fates(made) == {stays: ("", False, True), leaves: ("", False, True)}
    made.start(*worker)
    expected = {stays: ("", True, True), leaves: ("provider", False, False)}
    made.wait(lambda _: fates(made) == expected)
    assert fates(made) == expected
