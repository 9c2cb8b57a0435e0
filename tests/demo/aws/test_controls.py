"""The record of calls, faults on order, many calls at once, and the process itself."""

import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from demo.aws.testing import ROOT, RunningAws, keys_of, start_local_aws
from tests.demo.aws.helpers import may, policy, refusal, role_arn, take

READER = role_arn("S3ReadOnly")


def test_every_call_is_recorded_without_secrets(aws: RunningAws) -> None:
    tags = [{"Key": "team", "Value": "payments"}]
    answer = take(aws, READER, ExternalId="dp-1", Tags=tags)
    refusal(lambda: aws.client("s3", keys_of(answer)).put_object(Bucket="example-reports", Key="x", Body=b""))
    assumed, put = aws.calls()
    assert assumed["parameters"] == {
        "RoleArn": READER,
        "RoleSessionName": "alice@example.com-x1",
        "ExternalId": "dp-1",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "payments",
    }
    assert (assumed["service"], assumed["status"], assumed["error"]) == ("sts", 200, None)
    assert assumed["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert (put["service"], put["action"], put["status"], put["error"]) == ("s3", "PutObject", 403, "AccessDenied")
    text = json.dumps(aws.calls())
    assert [value for value in answer["Credentials"].values() if str(value) in text] == []


def test_throttling_lasts_as_often_as_ordered(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "throttle", times=2)
    assert [refusal(lambda: take(aws, READER)) for _ in range(2)] == [(400, "Throttling", "Rate exceeded")] * 2
    assert take(aws, READER)


def test_an_error_is_the_one_ordered(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "error", code="RegionDisabledException", status=403, message="STS is not activated")
    assert refusal(lambda: take(aws, READER)) == (403, "RegionDisabledException", "STS is not activated")
    assert aws.client("sts", aws.keys()).get_caller_identity()
    aws.reset()
    assert take(aws, READER)


def test_retries_get_through_a_short_outage(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "error", times=1)
    sts = aws.client("sts", aws.keys(), retries={"total_max_attempts": 2, "mode": "standard"})
    assert sts.assume_role(RoleArn=READER, RoleSessionName="alice")["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_dropped_connection_has_no_answer(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "drop", times=1)
    with pytest.raises(ConnectionClosedError):
        take(aws, READER)
    assert aws.calls("AssumeRole")[-1]["status"] == 0


def test_a_hang_outlasts_a_short_timeout(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "hang", seconds=1, times=1)
    sts = aws.client("sts", aws.keys(), read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        sts.assume_role(RoleArn=READER, RoleSessionName="alice")


def test_many_slow_calls_are_in_flight_at_once(aws: RunningAws) -> None:
    aws.fault("AssumeRole", "delay", seconds=0.5)
    sts = aws.client("sts", aws.keys(), max_pool_connections=32)
    started = time.monotonic()
    with ThreadPoolExecutor(32) as pool:
        wishes = [f"alice-{number}" for number in range(32)]
        taken = list(pool.map(lambda name: sts.assume_role(RoleArn=READER, RoleSessionName=name), wishes))
    assert len({answer["Credentials"]["AccessKeyId"] for answer in taken}) == 32
    # One after the other would be sixteen seconds.
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "order", [{"action": "AssumeRole", "fault": "explode"}, {"fault": "delay", "seconds": "x"}, []]
)
def test_an_order_that_is_not_understood_is_refused(aws: RunningAws, order: Any) -> None:
    with pytest.raises(HTTPError) as caught:
        aws._control("POST", "faults", order)
    with caught.value as error:
        assert error.code == 400


def test_a_control_that_does_not_exist_is_not_found(aws: RunningAws) -> None:
    with pytest.raises(HTTPError) as caught:
        aws._control("GET", "faults")
    with caught.value as error:
        assert error.code == 404


def test_a_federated_user_has_what_the_session_policy_leaves(aws: RunningAws) -> None:
    sts = aws.client("sts", aws.keys("admin"))
    named = sts.get_federation_token(Name="alice", Policy=policy(may("s3:Get*", "iam:*", "sts:*")))
    assert named["FederatedUser"]["FederatedUserId"] == "111122223333:alice"
    keys = keys_of(named)
    s3 = aws.client("s3", keys)
    assert s3.get_object(Bucket="example-reports", Key="hello.txt")["Body"].read()
    assert refusal(s3.list_buckets)[1] == "AccessDenied"
    assert refusal(aws.client("iam", keys).list_users)[1] == "AccessDenied"
    assert refusal(lambda: take(aws, READER, keys))[1] == "AccessDenied"
    assert aws.client("sts", keys).get_caller_identity()["Arn"].endswith(":federated-user/alice")
    bare = aws.client("s3", keys_of(sts.get_federation_token(Name="bob")))
    assert refusal(bare.list_buckets)[1] == "AccessDenied"


def test_federation_is_for_users_with_permission(aws: RunningAws) -> None:
    assert refusal(lambda: aws.client("sts", aws.keys()).get_federation_token(Name="alice"))[1] == "AccessDenied"
    session = aws.client("sts", keys_of(take(aws, READER)))
    refused = refusal(lambda: session.get_federation_token(Name="alice"))
    assert refused[1:] == ("AccessDenied", "Cannot call GetFederationToken with session credentials")
    admin = aws.client("sts", aws.keys("admin"))
    for wish in ({"Name": "a" * 33}, {"Name": "a b"}, {"Name": "alice", "DurationSeconds": 129601}):
        assert refusal(lambda wish=wish: admin.get_federation_token(**wish))[1] == "ValidationError"  # type: ignore[misc]  # a default argument binds the loop's value


def test_a_key_tells_its_account(aws: RunningAws) -> None:
    sts, key = aws.client("sts", aws.keys("admin")), aws.line["production_admin_access_key_id"]
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == "444455556666"
    assert refusal(lambda: sts.get_access_key_info(AccessKeyId="ASIA" + "X" * 16))[1] == "ValidationError"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with start_local_aws("--seed", "empty") as aws:
        assert aws.client("iam", aws.keys("admin")).list_roles()["Roles"] == []
        aws.process.send_signal(number)
        assert aws.process.wait(10) == 0


def test_a_port_in_use_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "demo.aws", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr
