"""STS over real HTTP: its refusals, its silence, its rubbish, and many callers at once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from credentials import aws as sts
from credentials.aws import Answer, StsRefused, StsUnreachable, chained, known_regions
from credentials.partitions import sts_regions
from credentials.wish import Settled
from demo.aws.seed import EXTERNAL_ID, SANDBOX
from demo.aws.testing import RunningAws
from tests.credentials.conftest import point
from tests.credentials.stub import Stub, assumed

ARN = f"arn:aws:iam::{SANDBOX}:role/S3ReadOnly"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


def ask(arn: str = ARN, method: str = "assume_role", **values: Any) -> Settled:
    return Settled(
        **{"partition": "aws", "session_name": "alice@example.com-7f3k2q", "duration": 900, **values},
        method=method,
        role_arn=arn,
    )


def refusal(wanted: Settled, token: str = "") -> StsRefused:
    with pytest.raises(StsRefused) as caught:
        sts.take(wanted, token=token)
    return caught.value


def test_the_roles_own_no_comes_with_code_message_and_request_id(local_aws: RunningAws) -> None:
    error = refusal(ask(f"arn:aws:iam::{SANDBOX}:role/Storyteller"))
    assert (error.code, error.status, error.region) == ("AccessDenied", 403, "us-east-1")
    assert error.message.startswith("User: arn:aws:iam::111122223333:user/daypass-portal is not authorized")
    assert error.request_id == local_aws.calls("AssumeRole")[0]["request_id"]


def test_what_is_settled_is_what_is_sent(local_aws: RunningAws) -> None:
    arn, tags = "arn:aws:iam::444455556666:role/Auditor", (("team", "payments"),)
    sts.take(ask(arn, external_id=EXTERNAL_ID, source_identity="alice@example.com", tags=tags))
    sent = local_aws.calls("AssumeRole")[0]["parameters"]
    assert sent["ExternalId"] == EXTERNAL_ID
    assert (sent["SourceIdentity"], sent["DurationSeconds"]) == ("alice@example.com", "900")
    assert not [name for name in sent if "Transitive" in name or name.startswith("Policy")]


def test_the_answer_says_what_identifies_the_session(local_aws: RunningAws) -> None:
    answer = sts.take(ask())
    assert answer.credentials.access_key_id.startswith("ASIA")
    assert answer.assumed_role_id.endswith(":alice@example.com-7f3k2q")
    left = answer.credentials.expires_at - datetime.now(UTC)
    assert timedelta(seconds=880) < left <= timedelta(seconds=901)


def test_throttling_is_waited_out(local_aws: RunningAws) -> None:
    local_aws.fault("AssumeRole", "throttle", times=1)
    assert sts.take(ask()).region == "us-east-1"


def test_throttling_that_lasts_is_told(local_aws: RunningAws, hasty: None) -> None:
    local_aws.fault("AssumeRole", "throttle")
    assert refusal(ask()).code == "Throttling"


@pytest.mark.parametrize("fault", ["hang", "drop"])
def test_silence_is_told_in_time(local_aws: RunningAws, hasty: None, fault: str) -> None:
    local_aws.fault("AssumeRole", fault, seconds=15)
    started = time.monotonic()
    with pytest.raises(StsUnreachable):
        sts.take(ask())
    assert time.monotonic() - started < 10


def test_nobody_listening_is_told(monkeypatch: pytest.MonkeyPatch, hasty: None) -> None:
    point(monkeypatch, "http://127.0.0.1:9", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s")
    with pytest.raises(StsUnreachable, match="EndpointConnectionError"):
        sts.take(ask())


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("error", {"code": "RegionDisabledException", "status": 403}),
        ("error", {"code": "ServiceUnavailable", "status": 503}),
        ("drop", {}),
    ],
)
def test_the_next_region_is_asked_where_one_is_off(
    local_aws: RunningAws, hasty: None, settings: Settings, fault: str, how: dict[str, Any]
) -> None:
    settings.DAYPASS_AWS_REGIONS = ["eu-west-1", "cn-north-1", "eu-central-1"]
    local_aws.fault("AssumeRole", fault, times=1, **how)
    assert sts.take(ask()).region == "eu-central-1"


def test_a_refusal_of_the_role_is_final(local_aws: RunningAws, settings: Settings) -> None:
    settings.DAYPASS_AWS_REGIONS = ["eu-west-1", "eu-central-1"]
    assert refusal(ask(f"arn:aws:iam::{SANDBOX}:role/Storyteller")).region == "eu-west-1"
    assert len(local_aws.calls("AssumeRole")) == 1


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-eusc", "eusc-de-east-1"), ("aws", "us-east-1")],
)
def test_every_partition_has_its_own_region(partition: str, region: str) -> None:
    assert sts_regions(partition)[0] == region
    assert region in known_regions(partition)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>proxy</html>"),
        (200, b"<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"),
        (302, b""),
        (403, b"not xml"),
        (502, b"<html>Bad gateway</html>"),
    ],
)
def test_rubbish_is_an_error_and_nothing_else(stub: Stub, hasty: None, status: int, body: bytes) -> None:
    stub.status, stub.body = status, body
    with pytest.raises((StsRefused, StsUnreachable)):
        sts.take(ask())


@pytest.mark.parametrize(
    "body",
    [assumed(Expiration=at) for at in ("", "tomorrow", "9" * 16, "9999-12-31T23:59:59-12:00", "2001-01-01T00:00:00Z")]
    + [assumed(AccessKeyId="<a>b</a>"), assumed(SecretAccessKey=""), assumed(SessionToken="")]
    + [assumed("<PackedPolicySize>x</PackedPolicySize>")],
)
def test_credentials_that_are_none_are_not_taken_for_some(stub: Stub, hasty: None, body: bytes) -> None:
    stub.body = body
    with pytest.raises(StsUnreachable):
        sts.take(ask())


def test_what_the_record_cannot_hold_is_left_out(stub: Stub, hasty: None) -> None:
    stub.body = assumed("<PackedPolicySize>99999999999</PackedPolicySize>")
    answer = sts.take(ask())
    assert (answer.packed_policy_size, answer.assumed_role_id, answer.request_id) == (None, "", "")


def test_an_error_whose_code_is_a_tree_is_told(stub: Stub, hasty: None) -> None:
    stub.status, stub.body = 400, b"<ErrorResponse><Error><Code><a/></Code></Error></ErrorResponse>"
    with pytest.raises(StsUnreachable):
        sts.take(ask())


def test_an_error_that_quotes_the_token_is_told_without_it(stub: Stub, hasty: None) -> None:
    xml = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>bad {}</Message></Error></ErrorResponse>"
    stub.status, stub.body = 400, xml.format(JWT).encode()
    error = refusal(ask(method="web_identity"), token=JWT)
    assert (error.code, error.message) == ("InvalidIdentityToken", "bad [token]")
    assert JWT not in f"{error!r} {error.__dict__}"
    assert error.__suppress_context__


def test_unreachable_keys_of_the_provider_are_asked_for_twice(stub: Stub, hasty: None) -> None:
    text = b"Couldn't retrieve verification key from your identity provider"
    stub.status = 400
    stub.body = (
        b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>%s</Message></Error></ErrorResponse>" % text
    )
    refusal(ask(method="web_identity"), token=JWT)
    assert len(stub.bodies) == 2


def test_web_identity_needs_no_aws_credentials(stub: Stub, hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    stub.status, stub.body = 400, b"<ErrorResponse><Error><Code>IDPRejectedClaim</Code></Error></ErrorResponse>"
    assert refusal(ask(method="web_identity"), token=JWT).code == "IDPRejectedClaim"
    assert refusal(ask()).code == "NoCredentials"
    assert len(stub.bodies) == 1


def test_a_profile_that_is_missing_stops_neither_the_start_nor_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    point(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "gone")
    sts.warm()
    assert chained() is False
    assert refusal(ask()).code == "NoCredentials"
    sts.forget()


@pytest.mark.parametrize(("keys", "answer"), [({}, False), ({"aws_session_token": "t"}, True)])
def test_temporary_credentials_are_known_as_such(
    local_aws: RunningAws, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], *, answer: bool
) -> None:
    point(monkeypatch, local_aws.url, **local_aws.keys(), **keys)
    assert chained() is answer


def test_after_the_start_no_request_builds_a_client(local_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    sts.warm()
    kit = sts._kit
    clients = dict(kit.clients)
    monkeypatch.setattr(kit, "_made", None)
    sts.take(ask())
    assert kit.clients == clients
    assert set(clients) == {("us-east-1", True), ("us-east-1", False)}


def test_a_child_process_makes_its_own_clients(local_aws: RunningAws) -> None:
    sts.warm()
    child = os.fork()
    if child == 0:
        os._exit(len(sts._kit.clients))
    assert os.waitpid(child, 0)[1] == 0
    assert len(sts._kit.clients) == 2


def test_thirty_two_calls_are_in_flight_at_once(local_aws: RunningAws) -> None:
    sts.warm()
    local_aws.fault("AssumeRole", "delay", seconds=2, times=32)
    started = time.monotonic()
    with ThreadPoolExecutor(32) as pool:
        answers: list[Answer] = list(pool.map(lambda _: sts.take(ask()), range(32)))
    assert time.monotonic() - started < 20  # one after the other they take 64 seconds
    assert len({answer.credentials.access_key_id for answer in answers}) == 32
