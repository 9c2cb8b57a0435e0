"""AssumeRoleWithWebIdentity: only genuine, current tokens, for the right audience, where trust allows it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, keys_of, start_local_aws
from tests.demo.aws.helpers import Statement, may, new_role, refusal, role_arn, trust
from tests.demo.aws.issuer import CLIENT, Issuer, running_issuer

ACTION = "sts:AssumeRoleWithWebIdentity"
SOURCE, TAGS, ROLES = (f"https://aws.amazon.com/{name}" for name in ("source_identity", "tags", "roles"))
DENIED = (403, "AccessDenied", f"Not authorized to perform {ACTION}")


@pytest.fixture(scope="module")
def module_issuer() -> Iterator[Issuer]:
    with running_issuer("/adfs") as issuer:
        yield issuer


@pytest.fixture
def issuer(aws: RunningAws, module_issuer: Issuer) -> Issuer:
    """An issuer that the sandbox account has registered for one client."""
    iam = aws.client("iam", aws.keys("admin"))
    known = {item["Arn"] for item in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}
    if provider(module_issuer) not in known:
        iam.create_open_id_connect_provider(Url=module_issuer.url, ClientIDList=[CLIENT])
    return module_issuer


def provider(issuer: Issuer) -> str:
    return f"arn:aws:iam::111122223333:oidc-provider/{issuer.host}"


def trusts(issuer: Issuer, *actions: str, **condition: Any) -> Statement:
    condition = condition or {"StringEquals": {f"{issuer.host}:aud": CLIENT}}
    return trust(*(actions or (ACTION,)), principal={"Federated": provider(issuer)}, **condition)


@pytest.fixture
def role(aws: RunningAws, issuer: Issuer) -> str:
    return new_role(aws, trusts(issuer), policies=(may("s3:GetObject"),))


def take(aws: RunningAws, arn: str, token: str, **wish: Any) -> dict[str, Any]:
    wish = {"RoleSessionName": "alice@example.com-x1", **wish}
    sts = aws.client("sts")
    answer: dict[str, Any] = sts.assume_role_with_web_identity(RoleArn=arn, WebIdentityToken=token, **wish)
    return answer


def test_a_genuine_token_is_answered_in_full(aws: RunningAws, issuer: Issuer, role: str) -> None:
    answer = take(aws, role, issuer.token())
    assert answer["SubjectFromWebIdentityToken"] == "alice-1"
    assert (answer["Provider"], answer["Audience"]) == (issuer.url, CLIENT)
    assert answer["AssumedRoleUser"]["Arn"].endswith("/alice@example.com-x1")
    s3 = aws.client("s3", keys_of(answer))
    assert s3.get_object(Bucket="example-reports", Key="hello.txt")["Body"].read().startswith(b"Hello")


def test_a_curve_and_a_token_without_key_id_are_taken(aws: RunningAws, issuer: Issuer, role: str) -> None:
    assert take(aws, role, issuer.token(key=issuer.curve, alg="ES256", kid="curve"))
    assert take(aws, role, issuer.token(kid=None))
    assert take(aws, role, issuer.token(alg="RS512"))


STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECRET = "x" * 64


@pytest.mark.parametrize(
    "forged",
    [
        {"key": STRANGER},
        {"key": STRANGER, "kid": "unknown"},
        {"key": SECRET, "alg": "HS256"},
        {"key": "", "alg": "none"},
        {"alg": "PS256"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"azp": "another-client"},
        {"aud": None},
        {"sub": None},
        {"iat": None},
        {"exp": None},
        {"exp": time.time() + 300.5},
        {"iat": int(time.time()) + 900},
        {"nbf": int(time.time()) + 900},
        {"sub": ""},
        {"iss": None},
    ],
)
def test_a_token_that_is_not_right_is_refused(
    aws: RunningAws, issuer: Issuer, role: str, forged: dict[str, Any]
) -> None:
    assert refusal(lambda: take(aws, role, issuer.token(**forged)))[:2] == (400, "InvalidIdentityToken")


@pytest.mark.parametrize("token", ["rubbish", "a.b.c", "e30.e30.", "e30.e30.e30"])
def test_rubbish_is_refused(aws: RunningAws, role: str, token: str) -> None:
    assert refusal(lambda: take(aws, role, token))[:2] == (400, "InvalidIdentityToken")


def test_an_old_token_is_expired(aws: RunningAws, issuer: Issuer, role: str) -> None:
    refused = refusal(lambda: take(aws, role, issuer.token(exp=int(time.time()) - 1)))
    assert refused[:2] == (400, "ExpiredTokenException")
    assert refused[2].startswith("Token expired: ")


def test_an_issuer_that_the_role_s_account_does_not_know_is_refused(aws: RunningAws, issuer: Issuer) -> None:
    elsewhere = new_role(aws, trusts(issuer), who="production_admin")
    assert refusal(lambda: take(aws, elsewhere, issuer.token())) == (
        400,
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for {issuer.url}",
    )


def test_the_issuer_s_path_is_part_of_its_name(aws: RunningAws, issuer: Issuer, role: str) -> None:
    assert refusal(lambda: take(aws, role, issuer.token(iss=issuer.url + "/other")))[1] == "InvalidIdentityToken"
    assert refusal(lambda: take(aws, role, issuer.token(iss=issuer.url.upper())))[1] == "InvalidIdentityToken"


def test_an_issuer_that_cannot_be_asked_is_named_as_such(aws: RunningAws) -> None:
    iam = aws.client("iam", aws.keys("admin"))
    with running_issuer("/away") as away:
        iam.create_open_id_connect_provider(Url=away.url, ClientIDList=[CLIENT])
        arn = new_role(aws, trusts(away))
        token, away.named = away.token(), "https://somebody.example"
        refused = refusal(lambda: take(aws, arn, token))
    assert refused[1] == "InvalidIdentityToken"
    assert refused[2].startswith("Couldn't retrieve verification key from your identity provider")
    assert refusal(lambda: take(aws, arn, token)) == refused


def test_a_role_that_does_not_exist_or_trust_is_denied(aws: RunningAws, issuer: Issuer) -> None:
    token = issuer.token()
    assert refusal(lambda: take(aws, role_arn("Missing"), token)) == DENIED
    assert refusal(lambda: take(aws, role_arn("S3ReadOnly"), token)) == DENIED


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"{host}:sub": "alice-1"}}, True),
        ({"StringEquals": {"{host}:sub": "bob-1"}}, False),
        ({"StringEquals": {"{host}:aud": "another-client"}}, False),
        ({"StringEquals": {"{host}:oaud": CLIENT}}, True),
        ({"StringEquals": {"accounts.google.com:aud": CLIENT}}, False),
        ({"Bool": {"sts:RoleAuthorizedByIdp": "true"}}, False),
        ({"StringLike": {"sts:RoleSessionName": "*@example.com-*"}}, True),
        ({"StringLike": {"sts:RoleSessionName": "mallory-*"}}, False),
    ],
)
def test_trust_conditions_decide(
    aws: RunningAws, issuer: Issuer, condition: dict[str, dict[str, str]], *, allowed: bool
) -> None:
    named = {op: {k.format(host=issuer.host): v for k, v in keys.items()} for op, keys in condition.items()}
    arn = new_role(aws, trusts(issuer, **named))
    if allowed:
        assert take(aws, arn, issuer.token())
    else:
        assert refusal(lambda: take(aws, arn, issuer.token())) == DENIED


def test_azp_stands_for_the_audience(aws: RunningAws, issuer: Issuer, role: str) -> None:
    token = issuer.token(aud=["another-client"], azp=CLIENT)
    assert take(aws, role, token)["Audience"] == CLIENT


def test_tags_and_source_identity_come_from_claims_and_need_permission(aws: RunningAws, issuer: Issuer) -> None:
    tags = {"principal_tags": {"team": ["payments"]}, "transitive_tag_keys": ["team"]}
    token = issuer.token(**{SOURCE: "alice@example.com", TAGS: tags})
    bare, tagging = new_role(aws, trusts(issuer)), new_role(aws, trusts(issuer, ACTION, "sts:TagSession"))
    assert refusal(lambda: take(aws, bare, token))[2] == "Not authorized to perform sts:TagSession"
    assert refusal(lambda: take(aws, tagging, token))[2] == "Not authorized to perform sts:SetSourceIdentity"
    whole = new_role(aws, trusts(issuer, ACTION, "sts:TagSession", "sts:SetSourceIdentity"))
    assert take(aws, whole, token)["SourceIdentity"] == "alice@example.com"


@pytest.mark.parametrize(
    "claim",
    [
        {TAGS: {"principal_tags": {"team": ["a", "b"]}}},
        {TAGS: {"principal_tags": {"team": "a"}}},
        {TAGS: 7},
        {SOURCE: 7},
    ],
)
def test_claims_of_another_shape_are_refused(aws: RunningAws, issuer: Issuer, role: str, claim: dict[str, Any]) -> None:
    assert refusal(lambda: take(aws, role, issuer.token(**claim)))[:2] == (400, "InvalidIdentityToken")


def test_the_roles_claim_is_enforced_before_trust(aws: RunningAws, issuer: Issuer) -> None:
    arn = new_role(aws, trusts(issuer, Bool={"sts:RoleAuthorizedByIdp": "true"}))
    refused = refusal(lambda: take(aws, arn, issuer.token(**{ROLES: [role_arn("Other")]})))
    assert refused[1:] == (
        "InvalidIdentityToken",
        "The target role ARN is not present in the roles claim of the identity token",
    )
    assert take(aws, arn, issuer.token(**{ROLES: arn}))


def test_durations_names_and_policies_are_held_here_too(aws: RunningAws, issuer: Issuer, role: str) -> None:
    token = issuer.token()
    assert refusal(lambda: take(aws, role, token, DurationSeconds=3601))[2] == (
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )
    assert refusal(lambda: take(aws, role, token, RoleSessionName="alice example"))[1] == "ValidationError"
    assert refusal(lambda: take(aws, role, token, Policy="{"))[1] == "MalformedPolicyDocument"


def test_the_token_is_never_in_the_record_nor_in_a_message(aws: RunningAws, issuer: Issuer, role: str) -> None:
    token = issuer.token(exp=int(time.time()) - 1)
    message = refusal(lambda: take(aws, role, token))[2]
    [row] = aws.calls("AssumeRoleWithWebIdentity")
    assert token not in message
    assert row["parameters"] == {"RoleArn": role, "RoleSessionName": "alice@example.com-x1"}
    long = "x" * 20001
    assert long not in refusal(lambda: take(aws, role, long))[2]


def test_the_demo_s_own_roles_take_their_own_issuers() -> None:
    with running_issuer("/google") as google, running_issuer("/adfs") as adfs:
        options = ["--google-issuer", google.url, "--google-client-id", "g", "--adfs-issuer", adfs.url]
        with start_local_aws(*options, "--adfs-client-id", "a") as aws:
            reader = {name: role_arn(f"{name}Reader", PRODUCTION) for name in ("Google", "Adfs")}
            assert take(aws, reader["Google"], google.token(aud="g"))
            assert take(aws, reader["Adfs"], adfs.token(aud="a"))
            assert refusal(lambda: take(aws, reader["Adfs"], google.token(aud="g"))) == DENIED
            assert refusal(lambda: take(aws, reader["Google"], google.token(aud="a")))[1] == "InvalidIdentityToken"


def test_google_is_built_in() -> None:
    with running_issuer("/google") as google, start_local_aws("--google-issuer", google.url) as aws:
        condition = {"StringEquals": {"accounts.google.com:aud": "g"}}
        arn = new_role(aws, trust(ACTION, principal={"Federated": "accounts.google.com"}, **condition))
        assert take(aws, arn, google.token(aud="g"))
        assert refusal(lambda: take(aws, arn, google.token(aud="other"))) == DENIED
        assert refusal(lambda: take(aws, arn, google.token(key=STRANGER)))[1] == "InvalidIdentityToken"
