"""AccessDenied, narrowed: by the kind of policy that AWS names, by the denied action, by the method."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from credentials.diagnosis import diagnose
from demo.aws.testing import RunningAws
from tests.credentials.test_refusals import ARN, DENIED, PORTAL, diagnosis, failed


def statements(text: str) -> list[dict[str, Any]]:
    document = json.loads(text)
    assert document["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = document["Statement"]
    return found


def test_no_hint_names_the_checks_in_order_and_the_trust_to_add() -> None:
    found = diagnosis("AccessDenied", DENIED.format("sts:AssumeRole", ""), external_id="dp-1234")
    checks = ["exists", "trust policy names", "external ID", "no other condition", "own policy allows"]
    assert [found.fix.index(check) for check in checks] == sorted(found.fix.index(check) for check in checks)
    assert statements(found.policy_json) == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": PORTAL},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "dp-1234"}},
        }
    ]


def test_the_trust_to_add_carries_tags_and_source_identity() -> None:
    text = DENIED.format("sts:AssumeRole", "")
    found = diagnosis("AccessDenied", text, session_tags={"team": "x"}, send_source_identity=True)
    rows = statements(found.policy_json)
    assert [row["Action"] for row in rows] == ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    assert rows[1]["Condition"] == {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    assert rows[2]["Condition"] == {"StringLike": {"sts:SourceIdentity": "*@example.com"}}


def test_who_has_no_address_is_let_in_by_the_providers_mark() -> None:
    text = DENIED.format("sts:AssumeRole", "")
    session = failed("AccessDenied", text, send_source_identity=True)
    session.source_identity = "partner=42"
    found = diagnose(session)
    assert found
    assert statements(found.policy_json)[1]["Condition"] == {"StringLike": {"sts:SourceIdentity": "partner=*"}}


def test_a_role_of_daypass_is_named_as_a_role_and_not_as_its_session() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/daypass-broker/i-0123456789"
    text = f"User: {session} is not authorized to perform: sts:AssumeRole on resource: {ARN}"
    (row,) = statements(diagnosis("AccessDenied", text).policy_json)
    assert row["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/daypass-broker"}


@pytest.mark.parametrize(
    ("action", "hint", "cause"),
    [
        ("sts:TagSession", "", "sts:TagSession is not allowed"),
        ("sts:SetSourceIdentity", "", "sts:SetSourceIdentity is not allowed"),
        ("sts:AssumeRole", " with an explicit deny in a service control policy: arn:aws:x", "guardrail"),
        ("sts:AssumeRole", " with an explicit deny in a resource control policy", "guardrail"),
        ("sts:AssumeRole", " because no identity-based policy allows the sts:AssumeRole action", "own AWS identity"),
        ("sts:AssumeRole", " because no permissions boundary allows the sts:AssumeRole action", "permissions boundary"),
        ("sts:AssumeRole", " because no session policy allows the sts:AssumeRole action", "session policy"),
        ("sts:AssumeRole", " because no VPC endpoint policy allows the sts:AssumeRole action", "VPC endpoint"),
        ("sts:AssumeRole", " because no role trust policy allows the sts:AssumeRole action", "does not trust Daypass"),
    ],
)
def test_the_hint_narrows_the_cause(action: str, hint: str, cause: str) -> None:
    assert cause in diagnosis("AccessDenied", DENIED.format(action, hint)).cause


def test_web_identity_says_only_no_so_the_checks_are_its_own() -> None:
    found = diagnosis("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "web_identity")
    assert "ID token" in found.cause
    assert statements(found.policy_json)[0]["Action"] == "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("issuer", "principal", "more"),
    [
        ("", "accounts.google.com", {"accounts.google.com:oaud": "our-client"}),
        ('issuer = "https://id.example/google"', "arn:aws:iam::444455556666:oidc-provider/id.example/google", {}),
    ],
)
def test_the_trust_for_web_identity_can_be_pasted_as_it_is(
    tmp_path: Path, settings: Settings, issuer: str, principal: str, more: dict[str, str]
) -> None:
    secret, providers = tmp_path / "secret", tmp_path / "providers.toml"
    secret.write_text("of no use here")
    client = f'client_id = "our-client"\nclient_secret_file = "{secret}"\ndomains = ["example.com"]'
    providers.write_text(f'[providers.google]\nkind = "google"\nname = "Google"\n{client}\n{issuer}\n')
    settings.DAYPASS_PROVIDERS = str(providers)
    (row,) = statements(diagnosis("AccessDenied", "Not authorized", "web_identity").policy_json)
    name = principal.partition("/")[2] or principal
    assert row["Principal"] == {"Federated": principal}
    asked = {f"{name}:aud": "our-client", f"{name}:sub": ["107691503500061507154"], **more}
    assert row["Condition"] == {"StringEquals": asked}


def test_a_missing_provider_is_created_where_the_role_is() -> None:
    text = "No OpenIDConnect provider found in your account for https://idp.example/adfs"
    found = diagnosis("InvalidIdentityToken", text, "web_identity")
    assert found.cause == "AWS account 444455556666 has no OpenID Connect provider for https://idp.example/adfs."
    assert "--url https://idp.example/adfs --client-id-list" in found.fix


def test_a_session_too_long_names_the_command() -> None:
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert diagnosis("ValidationError", text).fix.endswith("--role-name Auditor --max-session-duration 7200")


def test_the_trust_that_is_proposed_is_the_one_that_works(local_aws: RunningAws) -> None:
    """Let AWS say what it thinks of it: refused, the proposal put in place, taken."""
    name, sts = "Proposed", local_aws.client("sts", local_aws.keys())
    iam = local_aws.client("iam", local_aws.keys("production_admin"))
    wrong = {"Effect": "Allow", "Principal": {"AWS": f"{PORTAL}"}, "Action": "sts:GetCallerIdentity"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [wrong]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    ask = {"RoleArn": arn, "RoleSessionName": "alice@example.com-x", "Tags": [{"Key": "team", "Value": "x"}]}
    with pytest.raises(sts.exceptions.ClientError) as caught:
        sts.assume_role(**ask)
    text = caught.value.response["Error"]["Message"]
    proposed = diagnosis("AccessDenied", text, session_tags={"team": "x"}).policy_json
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=proposed)
    assert sts.assume_role(**ask)["Credentials"]
