"""Every number of this room at its edge, from both sides."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import BotoCoreError
from pytest_django import Settings

from credentials import aws as sts
from credentials import console, sts_calls
from credentials.aws import StsRefused, StsUnreachable
from credentials.formats import SLUGS, Unwritable, formats_of
from credentials.forms import TakeForm
from credentials.secret import Credentials
from tests.credentials.stub import Stub, assumed
from tests.credentials.test_aws import ask, refusal

ROLE = ("111122223333", "Admin")
SECRET = "IQoJ" + "b3JpZ2luX2Vj" * 3
Error = StsRefused | StsUnreachable


def test_how_long_a_person_waits_for_sts_and_how_often_it_is_asked() -> None:
    for unsigned in (True, False):
        config = sts._kit.client("us-east-1", unsigned=unsigned).meta.config
        assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (3, 5, 64)
        assert (config.retries["total_max_attempts"], config.retries["mode"]) == (3, "standard")
    assert console.LIMITS.timeout == (3, 5)
    assert (console.LIMITS.whole, console.LIMITS.largest) == (10, 65_536)


@pytest.mark.parametrize(
    ("name", "fine", "wrong"),
    [
        ("duration", ["", "900", "43200"], ["899", "43201", "x"]),
        ("reason", ["", "r" * 300], ["r" * 301, "a\nb"]),
        ("profile", ["", "p" * 64], ["p" * 65, "a b"]),
        ("region", ["", "eu-west-1"], ["eu-west-99"]),
        ("destination", ["", "home"], ["elsewhere"]),
        ("request_key", ["", "5f0c7e0e-0000-4000-8000-000000000000"], ["x"]),
        ("download", ["", *SLUGS], ["exe"]),
    ],
)
def test_each_field_of_a_wish_at_its_edge(name: str, fine: list[str], wrong: list[str]) -> None:
    assert [value for value in fine if not TakeForm({name: value}).is_valid()] == []
    assert [list(TakeForm({name: value}).errors) for value in wrong] == [[name]] * len(wrong)
    assert TakeForm({}).is_valid()


@pytest.mark.parametrize(("seconds", "regions"), [(20, 2), (20.01, 1)])
def test_no_further_region_is_asked_after_twenty_seconds(
    stub: Stub, hasty: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, seconds: float, regions: int
) -> None:
    settings.DAYPASS_AWS_REGIONS = ["eu-west-1", "eu-central-1"]
    moments = iter([100.0, 100.0 + seconds, 100.0 + seconds])
    monkeypatch.setattr(sts, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    stub.status = 503
    with pytest.raises((StsRefused, StsUnreachable)):
        sts.take(ask())
    assert len(stub.bodies) == regions


@pytest.mark.parametrize(
    ("error", "regional"),
    [
        (StsRefused("Any", 499, "", "", ""), False),
        (StsRefused("Any", 500, "", "", ""), True),
        (StsRefused("RegionDisabledException", 403, "", "", ""), True),
        (StsUnreachable("", ""), True),
    ],
)
def test_what_another_region_may_answer_otherwise(error: Error, regional: object) -> None:
    assert sts._is_regional(error) is regional


def test_what_aws_says_is_cut_to_what_the_record_holds() -> None:
    error = StsRefused("c" * 65, 400, "m" * 4001, "i" * 65, "us-east-1")
    assert (len(error.code), len(error.message), len(error.request_id)) == (64, 4000, 64)
    assert sts_calls.request_id_of({"ResponseMetadata": {"RequestId": "i" * 65}}) == "i" * 64


@pytest.mark.parametrize(("size", "kept"), [(0, 0), (100, 100), (101, None), (-1, None)])
def test_an_answer_is_cut_to_what_the_record_holds(stub: Stub, hasty: None, size: int, kept: int | None) -> None:
    user = f"<AssumedRoleUser><AssumedRoleId>{'a' * 194}</AssumedRoleId></AssumedRoleUser>"
    stub.body = assumed(f"{user}<PackedPolicySize>{size}</PackedPolicySize>")
    answer = sts.take(ask())
    assert (answer.packed_policy_size, answer.assumed_role_id) == (kept, "a" * 193)


@pytest.mark.parametrize(("later", "fine"), [(0, False), (1, True)])
def test_credentials_that_are_over_are_none(
    stub: Stub, hasty: None, monkeypatch: pytest.MonkeyPatch, later: int, fine: object
) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(sts, "datetime", SimpleNamespace(now=lambda _zone: now))
    until = now + timedelta(seconds=later)
    stub.body = assumed(Expiration=until.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if fine:
        assert sts.take(ask()).credentials.expires_at == until
    else:
        with pytest.raises(StsUnreachable, match="Credentials that had expired"):
            sts.take(ask())


def test_an_error_of_the_sdk_is_told_without_what_looks_like_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spilling(BotoCoreError):
        fmt = "the profile holds {value}"

    def breaks(*_: object, **__: object) -> None:
        raise Spilling(value=SECRET)

    monkeypatch.setattr(sts._kit, "client", breaks)
    assert refusal(ask()).message == "Spilling: the profile holds [masked]"


def test_an_error_of_aws_is_told_without_what_looks_like_a_secret(stub: Stub, hasty: None) -> None:
    xml = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not {SECRET}</Message></Error></ErrorResponse>"
    stub.status, stub.body = 403, xml.encode()
    assert refusal(ask()).message == "not [masked]"


@pytest.mark.parametrize(
    ("status", "lost"), [(299, True), (300, False), (403, False), (499, False), (500, True), (503, True)]
)
def test_an_unreadable_answer_is_lost_unless_it_says_no(status: int, lost: object) -> None:
    call = sts_calls.StsCall("us-east-1")
    sts_calls._note(call, {"status_code": status, "headers": {"x-amzn-requestid": "id"}})
    assert (call.lost, call.outcome, call.request_id) == (lost, f"Unreadable {status}", "id")


@pytest.mark.parametrize(
    ("status", "request_id", "lost"), [(200, "", False), (499, "", False), (500, "", True), (500, "id", False)]
)
def test_a_servers_error_is_lost_unless_aws_signs_it(status: int, request_id: str, lost: object) -> None:
    call = sts_calls.StsCall("us-east-1")
    about = {"HTTPStatusCode": status, "RequestId": request_id}
    sts_calls._settle(call, {"ResponseMetadata": about, "Error": {"Code": "c" * 65}}, None)
    assert (call.lost, call.outcome) == (lost, "c" * 64)


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (type("EndpointConnectionError", (Exception,), {})(), False),
        (type("ConnectTimeoutError", (Exception,), {})(), False),
        (type("ReadTimeoutError", (Exception,), {})(), True),
        (type("SSLError", (Exception,), {})("certificate_verify_failed"), False),
        (type("SSLError", (Exception,), {})("unexpected eof"), True),
    ],
)
def test_what_was_never_sent_is_not_lost(error: Exception, lost: object) -> None:
    call = sts_calls.StsCall("us-east-1")
    sts_calls._settle(call, None, error)
    assert (call.lost, call.outcome) == (lost, type(error).__name__)


def test_what_is_heard_while_nobody_counts_is_nobodys(stub: Stub, hasty: None) -> None:
    with sts_calls.counted() as made:
        pass
    stub.body = assumed()
    sts.take(ask())
    stub.body = b""
    with pytest.raises(StsUnreachable):
        sts.take(ask())
    assert made == []


@pytest.mark.parametrize(
    ("name", "longest", "letter"),
    [
        ("profile", 64, "a"),
        ("access_key_id", 128, "A"),
        ("secret_access_key", 256, "s"),
        ("session_token", 16_384, "t"),
    ],
)
def test_the_longest_values_that_are_written(name: str, longest: int, letter: str) -> None:
    def write(value: str) -> int:
        values = {"access_key_id": "A", "secret_access_key": "s", "session_token": "t", "profile": "p", name: value}
        profile = values.pop("profile")
        secret = Credentials(**values, expires_at=datetime(2030, 1, 1, tzinfo=UTC))
        return len(formats_of(secret, profile=profile, region="", account_id="1" * 12, name="x", command=str))

    assert write(letter * longest) == 7
    for wrong in (letter * (longest + 1), ""):
        with pytest.raises(Unwritable, match="cannot be written safely"):
            write(wrong)


@pytest.mark.parametrize(
    ("region", "account_id"), [("", "1" * 11), ("", "1" * 13), ("eu", "1" * 12), ("eu-west-10", "1" * 12)]
)
def test_a_region_and_an_account_of_another_shape(region: str, account_id: str) -> None:
    secret = Credentials("A", "s", "t", datetime(2030, 1, 1, tzinfo=UTC))
    with pytest.raises(Unwritable):
        formats_of(secret, profile="p", region=region, account_id=account_id, name="x", command=str)
