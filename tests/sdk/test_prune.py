"""What no tool can use any more is forgotten when its time is up, and not a moment before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import SignIn
from sdk import prune as pruning
from sdk.models import AccessToken, Authorization, AuthorizationCode, DeviceAuthorization, Registration, SharedAnswer
from sdk.prune import prune
from tests.sdk.conftest import Clock

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(days=7)


class Rows:
    """Makes rows that are over at a moment; what they hang on stays."""

    def __init__(self, sign_in: SignIn, now: datetime) -> None:
        self.sign_in, self.now, self.far = sign_in, now, now + timedelta(days=90)

    def client(self, **fields: Any) -> Registration:
        return Registration.objects.create(
            **{"name": "c", "expires_at": self.far, "created_at": self.now, "used_at": self.now, **fields}
        )

    def tool(self, **fields: Any) -> Authorization:
        return Authorization.objects.create(**{"sign_in": self.sign_in, "expires_at": self.far, **fields})

    def access(self, over: datetime) -> AccessToken:
        return AccessToken.objects.create(authorization=self.tool(), token_hash=str(uuid4()), expires_at=over)

    def code(self, over: datetime) -> AuthorizationCode:
        held = {"authorization": self.tool(), "registration": self.client(), "code_hash": str(uuid4())}
        return AuthorizationCode.objects.create(**held, expires_at=over)

    def device(self, over: datetime, registration: Registration | None = None) -> DeviceAuthorization:
        hashes = {"device_code_hash": str(uuid4()), "user_code_hash": str(uuid4())}
        held = {"registration": registration or self.client(), **hashes}
        return DeviceAuthorization.objects.create(**held, expires_at=over)


@pytest.fixture
def rows(alice: SignIn, clock: Clock) -> Rows:
    return Rows(alice, clock.now)


KINDS: dict[str, tuple[timedelta, Callable[[Rows, datetime], Any]]] = {
    "access token": (DAY, lambda rows, over: rows.access(over)),
    "code": (WEEK, lambda rows, over: rows.code(over)),
    "device": (DAY, lambda rows, over: rows.device(over)),
    "authorization": (WEEK, lambda rows, over: rows.tool(expires_at=over)),
    "used registration": (timedelta(0), lambda rows, over: rows.client(expires_at=over)),
    "unused registration": (DAY, lambda rows, over: rows.client(created_at=over, used_at=None)),
    "answer": (
        timedelta(seconds=60),
        lambda _, over: SharedAnswer.objects.create(key=str(uuid4()), claimed_at=over.timestamp()),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_forgotten_when_its_time_is_up(
    rows: Rows, clock: Clock, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(pruning, "time", SimpleNamespace(time=lambda: clock.now.timestamp()))
    age, make = KINDS[kind]
    over, kept = make(rows, clock.now - age), make(rows, clock.now - age + timedelta(milliseconds=1))
    assert prune() == 1
    assert list(type(over).objects.all()) == [kept]


def test_a_registration_that_was_used_is_kept_for_its_time(rows: Rows, clock: Clock) -> None:
    kept = rows.client(created_at=clock.now - 89 * DAY, used_at=clock.now - 80 * DAY, expires_at=clock.now + DAY)
    assert (prune(), list(Registration.objects.all())) == (0, [kept])


def test_a_registration_that_something_hangs_on_is_kept(rows: Rows, clock: Clock) -> None:
    old = {"created_at": clock.now - DAY, "used_at": None}
    kept = [rows.client(expires_at=clock.now), rows.client(**old), rows.client(**old)]
    rows.tool(registration=kept[0])
    rows.tool(registration=kept[1])
    rows.device(clock.now, registration=kept[2])
    assert prune() == 0
    assert set(Registration.objects.all()) == set(kept)
