"""The console: constants only, the token by POST, and nothing of it anywhere it could be read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from audit.models import Event
from credentials import console
from credentials.console import SERVICES, ConsoleFailed, Handoff, destination, handoff
from credentials.models import IssuedSession
from credentials.partitions import PARTITIONS
from credentials.secret import Credentials
from demo.aws.signin import is_console
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.conftest import Browser
from tests.credentials.stub import Stub, start_stub

CONSOLE = "/roles/111122223333/S3ReadOnly/console/"
CREDENTIALS = Credentials("ASIAEXAMPLEEXAMPLE", "s+/=" * 10, "IQoJ+/=", datetime.now(UTC) + timedelta(hours=1))


def carry(**values: str) -> Handoff:
    wanted = {"partition": "aws", "region": "eu-west-1", "service": "s3", "issuer": "http://testserver/x/", **values}
    return handoff(CREDENTIALS, **wanted)


@pytest.fixture
def stub(settings: Settings) -> Iterator[Stub]:
    with start_stub() as running:
        settings.DAYPASS_SIGNIN_ENDPOINT = running.url
        yield running
        console._line().close()


@pytest.fixture
def alices(local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn, settings: Settings) -> Client:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    return browser(alice)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"bad credentials"),
        (500, b""),
        (302, b'{"SigninToken": "x"}'),
        (200, b""),
        (200, b"<html></html>"),
        (200, b"[]"),
        (200, b'{"SigninToken": ""}'),
        (200, b'{"SigninToken": 7}'),
        (200, b'{"SigninToken": "' + b"x" * 70000 + b'"}'),
    ],
)
def test_anything_but_a_token_is_a_failure(stub: Stub, status: int, body: bytes) -> None:
    stub.status, stub.body, stub.headers = status, body, {"Location": "https://evil.example/"}
    with pytest.raises(ConsoleFailed):
        carry()


def test_credentials_are_not_carried_on_to_where_an_answer_points(stub: Stub) -> None:
    stub.status, stub.headers = 307, {"Location": f"{stub.url}/elsewhere"}
    with pytest.raises(ConsoleFailed):
        carry()
    assert stub.paths == ["/federation"]


def test_nobody_listening_is_a_failure_that_quotes_nothing(settings: Settings) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = "http://127.0.0.1:9"
    with pytest.raises(ConsoleFailed) as caught:
        carry()
    assert str(caught.value) == "the sign-in endpoint did not answer: ConnectionError"
    assert caught.value.__suppress_context__


def test_an_endpoint_that_is_slow_is_a_failure(local_aws: RunningAws, settings: Settings, monkeypatch: Any) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    monkeypatch.setattr(console, "LIMITS", replace(console.LIMITS, timeout=(1, 0.3)))
    local_aws.fault("getSigninToken", "delay", seconds=1)
    with pytest.raises(ConsoleFailed, match="ReadTimeout"):
        carry()


def test_the_credentials_travel_in_the_body_and_no_duration_with_them(stub: Stub) -> None:
    stub.body = b'{"SigninToken": "t0k3n"}'
    carried = carry()
    sent = parse_qs(stub.bodies[0].decode())
    assert stub.paths == ["/federation"]
    assert sent == {
        "Action": ["getSigninToken"],
        "Session": [
            '{"sessionId": "ASIAEXAMPLEEXAMPLE", "sessionKey": "%s", "sessionToken": "IQoJ+/="}' % ("s+/=" * 10)
        ],
    }
    assert "t0k3n" not in carried.post_url + repr(carried)
    assert sorted(carried.fields) == ["Action", "Destination", "Issuer", "SigninToken"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("partition", PARTITIONS.values(), ids=lambda partition: partition.name)
def test_every_destination_is_a_page_of_that_partitions_console(partition: Any, service: str) -> None:
    region = partition.default_region
    address = destination(partition, region, service)
    assert is_console(address)
    assert urlsplit(address).hostname == f"{region}.{partition.console_domain}"


def test_a_service_that_is_none_of_ours_is_none() -> None:
    with pytest.raises(KeyError):
        destination(PARTITIONS["aws"], "eu-west-1", "https://evil.example")


@pytest.mark.parametrize(
    ("partition", "region", "address"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.signin.aws.amazon.com/federation"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.signin.amazonaws.cn/federation"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.signin.amazonaws-us-gov.com/federation"),
        ("aws-eusc", "eusc-de-east-1", "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation"),
    ],
)
def test_the_sign_in_host_is_the_regions_own(partition: str, region: str, address: str) -> None:
    assert console.federation_endpoint(PARTITIONS[partition], region) == address


def test_the_form_opens_the_console_of_the_local_aws(alices: Client, local_aws: RunningAws) -> None:
    answer = alices.post(CONSOLE, {"request_key": uuid4(), "destination": "s3", "region": "eu-west-1"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    page = requests.post(answer.context["post_url"], data=answer.context["fields"], timeout=5)
    session = IssuedSession.objects.get()
    assert f"assumed-role/S3ReadOnly/{session.session_name}" in page.text
    assert "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1" in page.text
    assert answer.context["fields"]["Issuer"] == "http://testserver/roles/111122223333/S3ReadOnly/"


def test_the_console_that_opened_is_on_the_ledger_without_its_token(alices: Client) -> None:
    answer = alices.post(CONSOLE, {"destination": "ec2"})
    event = Event.objects.get(tag="credentials:console:open")
    assert (event.details, event.subject_id) == (
        {"region": "us-east-1", "service": "ec2"},
        str(IssuedSession.objects.get().pk),
    )
    assert answer.context["fields"]["SigninToken"] not in str(event.__dict__)


def test_a_console_that_does_not_open_is_told_and_on_the_ledger(alices: Client, local_aws: RunningAws) -> None:
    local_aws.fault("getSigninToken", "error", status=503)
    answer = alices.post(CONSOLE, {"request_key": uuid4()})
    session, event = IssuedSession.objects.get(), Event.objects.get(tag="credentials:console:fail")
    assert (answer.status_code, session.state, session.delivery) == (503, "issued", "console")
    assert event.details["why"] == "the sign-in endpoint answered 503"
    assert session.reference in answer.content.decode()


def test_a_double_click_opens_one_console(alices: Client) -> None:
    sent = {"request_key": uuid4()}
    assert [alices.post(CONSOLE, sent).status_code for _ in range(2)] == [200, 409]
