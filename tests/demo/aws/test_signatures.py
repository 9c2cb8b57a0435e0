"""Who one is must be proven: keys, signatures, clocks, tokens; each service refuses in its own words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from demo.aws.testing import Keys, RunningAws, keys_of
from tests.demo.aws.helpers import refusal, role_arn, take

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHO = "Action=GetCallerIdentity&Version=2011-06-15"
Change = Callable[[AWSRequest], None]


@pytest.fixture
def session(aws: RunningAws) -> Keys:
    return keys_of(take(aws, role_arn("S3ReadOnly")))


def both(aws: RunningAws, keys: Keys) -> tuple[tuple[int, str], tuple[int, str]]:
    """The refusals of STS and of S3, in that order."""
    sts, s3 = aws.client("sts", keys), aws.client("s3", keys)
    return refusal(sts.get_caller_identity)[:2], refusal(s3.list_buckets)[:2]


def send(aws: RunningAws, change: Change = lambda _request: None, *, at: datetime | None = None) -> tuple[int, str]:
    """GetCallerIdentity signed by hand at a time of choice and then changed: status and body."""
    keys = Credentials(*aws.keys().values())
    request = AWSRequest("POST", aws.url + "/", data=WHO, headers=dict(FORM))
    signer = SigV4Auth(keys, "sts", "us-east-1")
    signer.add_auth(request)
    if at is not None:
        _sign_at(signer, request, at)
    change(request)
    return _sent(Request(request.url, request.data.encode(), dict(request.headers), method="POST"))  # noqa: S310  # loopback


def _sign_at(signer: Any, request: AWSRequest, at: datetime) -> None:
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    del request.headers["Authorization"]
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))


def _sent(request: Request) -> tuple[int, str]:
    try:
        with urlopen(request, timeout=5) as response:  # noqa: S310  # loopback
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_an_unknown_key_is_refused(aws: RunningAws) -> None:
    keys = {"aws_access_key_id": "AKIA" + "A" * 16, "aws_secret_access_key": "x" * 40}
    assert both(aws, keys) == ((403, "InvalidClientTokenId"), (403, "InvalidAccessKeyId"))


def test_a_wrong_secret_is_refused(aws: RunningAws, session: Keys) -> None:
    wrong = {"aws_secret_access_key": "x" * 40}
    expected = ((403, "SignatureDoesNotMatch"), (403, "SignatureDoesNotMatch"))
    assert both(aws, aws.keys() | wrong) == expected
    assert both(aws, session | wrong) == expected


def test_a_wrong_token_is_refused(aws: RunningAws, session: Keys) -> None:
    wrong = session | {"aws_session_token": session["aws_session_token"][:-4] + "AAAA"}
    assert both(aws, wrong) == ((403, "InvalidClientTokenId"), (400, "InvalidToken"))


def test_a_missing_token_is_refused(aws: RunningAws, session: Keys) -> None:
    session.pop("aws_session_token")
    assert both(aws, session) == ((403, "InvalidClientTokenId"), (400, "InvalidToken"))


def test_a_token_on_a_long_term_key_is_refused(aws: RunningAws, session: Keys) -> None:
    keys = aws.keys() | {"aws_session_token": session["aws_session_token"]}
    assert both(aws, keys) == ((403, "InvalidClientTokenId"), (400, "InvalidToken"))


def test_an_inactive_key_is_refused(aws: RunningAws) -> None:
    iam = aws.client("iam", aws.keys("admin"))
    made = iam.create_access_key(UserName="somebody-else")["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    assert aws.client("sts", keys).get_caller_identity()["Arn"].endswith(":user/somebody-else")
    iam.update_access_key(UserName="somebody-else", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    assert both(aws, keys) == ((403, "InvalidClientTokenId"), (403, "InvalidAccessKeyId"))


def test_unsigned_calls_are_refused(aws: RunningAws) -> None:
    assert refusal(aws.client("sts").get_caller_identity)[:2] == (403, "MissingAuthenticationToken")
    assert refusal(aws.client("s3").list_buckets)[:2] == (403, "AccessDenied")
    assert refusal(aws.client("organizations").list_accounts)[:2] == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_far_off_is_refused(aws: RunningAws, minutes: int) -> None:
    status, body = send(aws, at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
    assert ("Signature expired: " if minutes < 0 else "Signature not yet current: ") in body


def test_a_clock_that_is_a_little_off_is_accepted(aws: RunningAws) -> None:
    assert send(aws, at=datetime.now(UTC) - timedelta(minutes=4))[0] == 200


def test_a_changed_body_is_refused(aws: RunningAws) -> None:
    def change(request: AWSRequest) -> None:
        request.data = request.data + "&Extra=1"

    assert send(aws, change)[0] == 403


def test_an_amz_header_that_was_not_signed_is_refused(aws: RunningAws) -> None:
    def change(request: AWSRequest) -> None:
        request.headers["X-Amz-Extra"] = "1"

    status, body = send(aws, change)
    assert (status, "which were not signed" in body) == (403, True)


@pytest.mark.parametrize("header", ["AWS AKIA:sig", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b/c"])
def test_what_is_no_signature_is_refused(aws: RunningAws, header: str) -> None:
    status, body = send(aws, lambda request: request.headers.replace_header("Authorization", header))
    assert (status, "IncompleteSignature" in body) == (403, True)


def test_an_upload_whose_content_is_not_what_was_signed_is_refused(aws: RunningAws) -> None:
    s3 = aws.client("s3", aws.keys("admin"))

    def change(request: Any, **_: Any) -> None:
        request.body = b"other"
        request.headers["Content-Length"] = "5"

    s3.meta.events.register("before-send.s3.PutObject", change)
    refused = refusal(lambda: s3.put_object(Bucket="example-reports", Key="x", Body=b"mine!"))
    assert refused[:2] == (400, "XAmzContentSHA256Mismatch")


def test_a_presigned_address_works_until_it_is_touched(aws: RunningAws, session: Keys) -> None:
    s3 = aws.client("s3", session, signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "example-reports", "Key": "hello.txt"})
    assert _sent(Request(url))[0] == 200  # noqa: S310  # loopback
    assert _sent(Request(url.replace("hello.txt", "2026/october.csv")))[0] == 403  # noqa: S310  # loopback
    assert _sent(Request(url, method="PUT"))[0] == 403  # noqa: S310  # loopback


def test_the_old_way_of_presigning_is_named_as_such(aws: RunningAws, session: Keys) -> None:
    s3 = aws.client("s3", session, signature_version="s3")
    status, body = _sent(Request(s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})))  # noqa: S310  # loopback
    assert (status, "Please use AWS4-HMAC-SHA256" in body) == (400, True)


def test_moto_s_own_doors_are_closed(aws: RunningAws) -> None:
    for path in ("/moto-api/data.json", "/moto-api/reset", "/latest/meta-data/"):
        assert _sent(Request(aws.url + path))[0] == 403  # noqa: S310  # loopback
    s3 = aws.client("s3", aws.keys("admin"))
    assert refusal(lambda: s3.get_object(Bucket="moto-api", Key="data.json"))[1] == "NoSuchBucket"


def test_an_error_carries_its_request_id(aws: RunningAws) -> None:
    refused = aws.client("sts", aws.keys() | {"aws_secret_access_key": "x" * 40})
    refusal(refused.get_caller_identity)
    [row] = aws.calls("GetCallerIdentity")
    assert (row["status"], row["error"], row["principal"]) == (403, "SignatureDoesNotMatch", None)
    assert len(row["request_id"]) == 36
