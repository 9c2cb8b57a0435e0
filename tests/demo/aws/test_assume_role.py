"""AssumeRole: trust, conditions, tags, source identity, durations, names, sizes."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.aws.seed import PORTAL_ARN, PRODUCTION, SANDBOX
from demo.aws.testing import RunningAws, keys_of
from tests.demo.aws.helpers import may, new_role, policy, refusal, role_arn, take, trust

READER = role_arn("S3ReadOnly")
ROOT = {"AWS": f"arn:aws:iam::{SANDBOX}:root"}


def denied(action: str, arn: str, who: str = PORTAL_ARN) -> str:
    return f"User: {who} is not authorized to perform: {action} on resource: {arn}"


def test_the_answer_has_what_aws_answers(aws: RunningAws) -> None:
    before = datetime.now(UTC)
    answer = take(aws, READER, SourceIdentity="alice@example.com", DurationSeconds=900)
    found = answer["Credentials"]
    assert (found["AccessKeyId"][:4], len(found["AccessKeyId"]), len(found["SecretAccessKey"])) == ("ASIA", 20, 40)
    assert found["SessionToken"].startswith("IQoJb3JpZ2luX2Vj")
    assert abs(found["Expiration"] - before - timedelta(seconds=900)) < timedelta(seconds=5)
    user = answer["AssumedRoleUser"]
    assert user["Arn"] == f"arn:aws:sts::{SANDBOX}:assumed-role/S3ReadOnly/alice@example.com-x1"
    assert user["AssumedRoleId"].startswith("AROA")
    assert user["AssumedRoleId"].endswith(":alice@example.com-x1")
    assert answer["SourceIdentity"] == "alice@example.com"
    assert answer["SessionTokenSize"] == len(found["SessionToken"])
    assert 0 < answer["SessionTokenUtilization"] < 100


@pytest.mark.parametrize("arn", [role_arn("Missing"), role_arn("s3readonly"), role_arn("x", "999988887777")])
def test_a_role_that_does_not_exist_looks_like_one_that_does_not_trust(aws: RunningAws, arn: str) -> None:
    assert refusal(lambda: take(aws, arn)) == (403, "AccessDenied", denied("sts:AssumeRole", arn))


def test_trust_in_the_account_needs_the_user_s_own_permission(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole", principal=ROOT))
    assert take(aws, arn)
    somebody = _key_of_somebody(aws)
    refused = refusal(lambda: take(aws, arn, somebody))[2]
    assert refused.endswith("because no identity-based policy allows the sts:AssumeRole action")


def test_trust_in_the_user_s_arn_is_enough_in_one_account(aws: RunningAws) -> None:
    somebody = {"AWS": f"arn:aws:iam::{SANDBOX}:user/somebody-else"}
    arn = new_role(aws, trust("sts:AssumeRole", principal=somebody))
    assert take(aws, arn, _key_of_somebody(aws))
    assert refusal(lambda: take(aws, arn))[2] == denied("sts:AssumeRole", arn)


def test_trust_across_accounts_needs_both(aws: RunningAws) -> None:
    somebody = {"AWS": f"arn:aws:iam::{SANDBOX}:user/somebody-else"}
    arn = new_role(aws, trust("sts:AssumeRole", principal=somebody), who="production_admin")
    refused = refusal(lambda: take(aws, arn, _key_of_somebody(aws)))[2]
    assert refused.endswith("because no identity-based policy allows the sts:AssumeRole action")
    assert refusal(lambda: take(aws, arn))[2] == denied("sts:AssumeRole", arn)


def _key_of_somebody(aws: RunningAws) -> dict[str, str]:
    iam = aws.client("iam", aws.keys("admin"))
    for held in iam.list_access_keys(UserName="somebody-else")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="somebody-else", AccessKeyId=held["AccessKeyId"])
    made = iam.create_access_key(UserName="somebody-else")["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


def test_a_first_statement_that_does_not_fit_hides_no_second(aws: RunningAws) -> None:
    other = trust("sts:AssumeRole", principal={"AWS": f"arn:aws:iam::{SANDBOX}:user/administrator"})
    assert take(aws, new_role(aws, other, trust("sts:AssumeRole")))


def test_an_explicit_deny_wins(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole"), trust("sts:AssumeRole", effect="Deny"))
    assert refusal(lambda: take(aws, arn))[2].endswith("with an explicit deny in a role trust policy")


def test_a_name_that_merely_contains_the_principal_is_not_trusted(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole", principal={"AWS": PORTAL_ARN + "-old"}))
    assert refusal(lambda: take(aws, arn))[1] == "AccessDenied"


@pytest.mark.parametrize("given", [{}, {"ExternalId": "dp-2"}, {"ExternalId": "DP-1"}])
def test_a_wrong_or_missing_external_id_is_refused(aws: RunningAws, given: dict[str, str]) -> None:
    arn = new_role(aws, trust("sts:AssumeRole", StringEquals={"sts:ExternalId": "dp-1"}))
    assert refusal(lambda: take(aws, arn, **given)) == (403, "AccessDenied", denied("sts:AssumeRole", arn))
    assert take(aws, arn, ExternalId="dp-1")


CONDITIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"StringLike": {"sts:RoleSessionName": "*@example.com-*"}}, {"RoleSessionName": "mallory@evil.example-x1"}),
    ({"StringNotLike": {"sts:RoleSessionName": "mallory*"}}, {"RoleSessionName": "mallory@example.com-x1"}),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {}),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}),
    ({"NumericLessThan": {"aws:EpochTime": "1600000000"}}, {}),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, {}),
    ({"StringEquals": {"sts:SourceIdentity": "alice"}}, {}),
    ({"Null": {"sts:ExternalId": "true"}}, {"ExternalId": "dp-1"}),
    ({"StringSounds": {"sts:RoleSessionName": "alice"}}, {}),
]


@pytest.mark.parametrize(("condition", "wish"), CONDITIONS)
def test_a_condition_that_does_not_hold_refuses(
    aws: RunningAws, condition: dict[str, Any], wish: dict[str, str]
) -> None:
    arn = new_role(aws, trust("sts:AssumeRole", **condition))
    assert refusal(lambda: take(aws, arn, **wish))[:2] == (403, "AccessDenied")


def test_conditions_that_hold_are_met(aws: RunningAws) -> None:
    held = {"StringLike": {"sts:RoleSessionName": "*@example.com-*"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    assert take(aws, new_role(aws, trust("sts:AssumeRole", **held)))


def test_tags_need_a_permission_of_their_own(aws: RunningAws) -> None:
    tags = [{"Key": "team", "Value": "payments"}]
    arn = new_role(aws, trust("sts:AssumeRole"))
    assert refusal(lambda: take(aws, arn, Tags=tags))[2].startswith(denied("sts:TagSession", arn))
    limit = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    arn = new_role(aws, trust("sts:AssumeRole"), trust("sts:TagSession", **limit))
    assert take(aws, arn, Tags=tags)
    refused = refusal(lambda: take(aws, arn, Tags=[*tags, {"Key": "rank", "Value": "1"}]))
    assert refused[2].startswith(denied("sts:TagSession", arn))


@pytest.mark.parametrize(
    "tags",
    [
        [("aws:team", "x")],
        [("team", "x"), ("TEAM", "y")],
        [("team", "x" * 257)],
        [("team", "semi;colon")],
        [(f"k{number}", "x") for number in range(51)],
    ],
)
def test_tags_out_of_bounds_are_refused(aws: RunningAws, tags: list[tuple[str, str]]) -> None:
    given = [{"Key": key, "Value": value} for key, value in tags]
    assert refusal(lambda: take(aws, READER, Tags=given))[:2] in (
        (400, "ValidationError"),
        (400, "InvalidParameterValue"),
    )


def test_a_source_identity_needs_both_sides(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole"))
    refused = refusal(lambda: take(aws, arn, SourceIdentity="alice"))
    assert refused[2].startswith(denied("sts:SetSourceIdentity", arn))
    everybody = trust("sts:AssumeRole", "sts:SetSourceIdentity", principal={"AWS": "*"})
    arn = new_role(aws, everybody)
    assert take(aws, arn, SourceIdentity="alice")["SourceIdentity"] == "alice"
    refused = refusal(lambda: take(aws, arn, _key_of_somebody(aws), SourceIdentity="alice"))
    assert refused[2].endswith("because no identity-based policy allows the sts:SetSourceIdentity action")


BAD: list[tuple[str, Any]] = [
    ("RoleSessionName", "alice example"),
    ("RoleSessionName", "élise@example.com"),
    ("RoleSessionName", "alice\n"),
    ("RoleSessionName", "a" * 65),
    ("ExternalId", "dp 1"),
    ("ExternalId", "x" * 1225),
    ("SourceIdentity", "a" * 65),
    ("SourceIdentity", "aws:alice"),
    ("DurationSeconds", 43201),
    ("Policy", "x" * 2049),
    ("RoleArn", "arn:aws:iam::1:role/" + "x" * 2049),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_parameters_out_of_bounds_are_refused(aws: RunningAws, name: str, value: Any) -> None:
    sts = aws.client("sts", aws.keys())
    wish = {"RoleArn": READER, "RoleSessionName": "alice", name: value}
    assert refusal(lambda: sts.assume_role(**wish))[:2] == (400, "ValidationError")


def test_a_short_duration_names_the_constraint(aws: RunningAws) -> None:
    sts = aws.client("sts", aws.keys(), parameter_validation=False)
    wish = {"RoleArn": READER, "RoleSessionName": "alice", "DurationSeconds": 899}
    refused = refusal(lambda: sts.assume_role(**wish))
    assert refused[2] == (
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 900"
    )


def test_the_role_s_own_maximum_is_kept(aws: RunningAws) -> None:
    arn = new_role(aws, trust("sts:AssumeRole"), MaxSessionDuration=7200)
    assert take(aws, arn, DurationSeconds=7200)
    assert refusal(lambda: take(aws, arn, DurationSeconds=7201)) == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_chain_lasts_one_hour(aws: RunningAws) -> None:
    first = new_role(aws, trust("sts:AssumeRole"), policies=(may("sts:AssumeRole"),))
    second = new_role(aws, trust("sts:AssumeRole", principal={"AWS": first}), MaxSessionDuration=7200)
    keys = keys_of(take(aws, first))
    assert take(aws, second, keys, DurationSeconds=3600)
    refused = refusal(lambda: take(aws, second, keys, DurationSeconds=3601))
    assert refused[2] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )


def test_a_chain_keeps_source_identity_and_transitive_tags(aws: RunningAws) -> None:
    all_three = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    first = new_role(aws, trust(*all_three), policies=(may(*all_three),))
    wanted = {"StringEquals": {"aws:RequestTag/team": "payments", "sts:SourceIdentity": "alice"}}
    second = new_role(aws, trust(*all_three, principal={"AWS": first}, **wanted))
    tags = [{"Key": "team", "Value": "payments"}]
    keys = keys_of(take(aws, first, Tags=tags, TransitiveTagKeys=["team"], SourceIdentity="alice"))
    assert take(aws, second, keys)["SourceIdentity"] == "alice"
    refused = refusal(lambda: take(aws, second, keys, SourceIdentity="bob"))
    assert refused[1:] == ("ValidationError", "The source identity is already set for this assume role session")
    assert refusal(lambda: take(aws, second, keys, Tags=tags))[1] == "InvalidParameterValue"


@pytest.mark.parametrize(
    "document", ["{", '{"Version":"2012-10-17"}', '{"Statement":[{"Effect":"Maybe","Action":"*"}]}']
)
def test_a_session_policy_that_is_none_is_refused(aws: RunningAws, document: str) -> None:
    assert refusal(lambda: take(aws, READER, Policy=document))[:2] == (400, "MalformedPolicyDocument")


def test_too_much_for_a_token_is_refused(aws: RunningAws) -> None:
    # Nothing repeats, so nothing packs.
    tags = [{"Key": secrets.token_urlsafe(80), "Value": secrets.token_urlsafe(180)} for _ in range(20)]
    refused = refusal(lambda: take(aws, READER, Tags=tags))
    assert refused[:2] == (400, "PackedPolicyTooLarge")
    assert "% of allotted space" in refused[2]


def test_a_token_can_be_asked_to_be_large(aws: RunningAws) -> None:
    answer = take(aws, READER, MinimumSessionTokenSize=4000)
    assert len(answer["Credentials"]["SessionToken"]) == 4000
    assert aws.client("sts", keys_of(answer)).get_caller_identity()["Account"] == SANDBOX


def test_mfa_is_not_to_be_had(aws: RunningAws) -> None:
    serial = f"arn:aws:iam::{SANDBOX}:mfa/alice"
    assert refusal(lambda: take(aws, READER, SerialNumber=serial, TokenCode="123456"))[1] == "AccessDenied"


def test_a_session_policy_of_another_account_is_refused(aws: RunningAws) -> None:
    arns = [{"arn": f"arn:aws:iam::{PRODUCTION}:policy/Other"}]
    assert refusal(lambda: take(aws, READER, PolicyArns=arns))[1] == "ValidationError"
    assert take(aws, READER, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}])
    assert refusal(lambda: take(aws, READER, Policy=policy(may("s3:*")), PolicyArns=arns))[1] == "ValidationError"
