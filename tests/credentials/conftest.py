"""A portal in front of the local AWS: its roles in the catalog, and boto3 pointed at it."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from botocore.config import Config

from accounts.models import SignIn
from audit.record import Origin
from credentials import aws as sts
from credentials.issue import Issued, issue
from credentials.wish import Wish
from demo.aws.testing import RunningAws, start_local_aws
from roles.models import Role
from tests.conftest import MakeRole
from tests.credentials.stub import Stub, start_stub

ORIGIN = Origin(address="192.0.2.7", user_agent="tests")
Take = Callable[..., Issued]


@pytest.fixture(scope="session")
def running_aws() -> Iterator[RunningAws]:
    with start_local_aws() as running:
        yield running


@pytest.fixture
def local_aws(running_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningAws]:
    """Point this process's STS clients at the local AWS, as the portal's own user."""
    running_aws.reset()
    point(monkeypatch, running_aws.url, **running_aws.keys())
    yield running_aws
    running_aws.reset()


def point(monkeypatch: pytest.MonkeyPatch, url: str, **keys: str) -> None:
    """Give boto3 an address and credentials, and nothing of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    environment = {
        "AWS_ENDPOINT_URL_STS": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        **{name.upper(): value for name, value in keys.items()},
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sts.forget()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait tenths of seconds, and once, where production waits seconds, and three times."""
    quick = Config(connect_timeout=0.3, read_timeout=0.3, retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(sts, "STS", sts.STS.merge(quick))
    sts.forget()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with start_stub() as running:
        point(monkeypatch, running.url, aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s")
        yield running
    sts.forget()


@pytest.fixture
def s3_read_only(make_role: MakeRole) -> Role:
    """The role that Alice may take."""
    return make_role("S3ReadOnly", "user:alice@example.com", max_duration=43200)


def wish(**values: object) -> Wish:
    return Wish(**{"request_key": uuid4(), "delivery": "credentials", **values})  # type: ignore[arg-type]  # by name


def take(sign_in: SignIn, role: Role, **values: object) -> Issued:
    """Take a role as the view does."""
    return issue(sign_in=sign_in, role=(role.account.account_id, role.name), wish=wish(**values), origin=ORIGIN)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever AWS credentials the machine has, no test meets them."""
    point(monkeypatch, "http://127.0.0.1:9")
    yield
    sts.forget()
