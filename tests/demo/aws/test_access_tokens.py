"""AssumeRoleWithWebIdentity with ProviderId: what Facebook and Amazon say of an access token decides."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, keys_of, start_local_aws
from demo.idp.testing import LocalIdps, LocalSocial, start_local_idps
from tests.demo.aws.helpers import may, new_role, refusal, role_arn, trust
from tests.demo.aws.issuer import CLIENT, running_issuer
from tests.demo.idp.social.flow import access_token

ACTION = "sts:AssumeRoleWithWebIdentity"
PROVIDER_IDS = {"facebook": "graph.facebook.com", "amazon": "www.amazon.com"}
USER_KEYS = {"facebook": "id", "amazon": "user_id"}
DENIED = (403, "AccessDenied", f"Not authorized to perform {ACTION}")


@pytest.fixture(scope="module")
def stand_ins() -> Iterator[LocalIdps]:
    with start_local_idps() as idps:
        yield idps


@pytest.fixture(scope="module")
def trusting(stand_ins: LocalIdps) -> Iterator[RunningAws]:
    facebook, amazon = stand_ins.facebook, stand_ins.amazon
    options = ["--facebook", facebook.base, "--facebook-app-id", facebook.app_id]
    with start_local_aws(*options, "--amazon", amazon.base, "--amazon-app-id", amazon.app_id) as aws:
        yield aws


@pytest.fixture(params=["facebook", "amazon"])
def social(request: pytest.FixtureRequest, stand_ins: LocalIdps) -> LocalSocial:
    stand_ins.reset()
    chosen: LocalSocial = getattr(stand_ins, request.param)
    return chosen


def take(aws: RunningAws, social: LocalSocial, token: str, arn: str = "", **wish: Any) -> dict[str, Any]:
    wish = {"RoleSessionName": "alice-x1", "ProviderId": PROVIDER_IDS[social.slug], **wish}
    arn = arn or role_arn(f"{social.slug.title()}Reader", PRODUCTION)
    asked = {name: value for name, value in wish.items() if value is not None}
    answer: dict[str, Any] = aws.client("sts").assume_role_with_web_identity(
        RoleArn=arn, WebIdentityToken=token, **asked
    )
    return answer


def trusted(social: LocalSocial, **condition: str) -> dict[str, Any]:
    name = PROVIDER_IDS[social.slug]
    keys = {f"{name}:{key}": value for key, value in condition.items()}
    return trust(ACTION, principal={"Federated": name}, StringEquals=keys)


def test_a_persons_token_opens_the_role(trusting: RunningAws, social: LocalSocial) -> None:
    answer = take(trusting, social, access_token(social))
    assert (answer["Provider"], answer["SubjectFromWebIdentityToken"], answer["Audience"]) == (
        PROVIDER_IDS[social.slug],
        social.subject("alice"),
        social.client_id,
    )
    found = trusting.client("s3", keys_of(answer)).list_objects_v2(Bucket="example-production-ledger")
    assert found["KeyCount"] == 1


def test_trust_can_name_the_application_and_the_person(trusting: RunningAws, social: LocalSocial) -> None:
    mine = {"app_id": social.app_id, USER_KEYS[social.slug]: social.subject("alice")}
    arn = new_role(trusting, trusted(social, **mine), policies=(may("s3:GetObject"),))
    assert take(trusting, social, access_token(social, "alice"), arn)
    assert refusal(lambda: take(trusting, social, access_token(social, "bob"), arn)) == DENIED
    foreign = new_role(trusting, trusted(social, app_id="another"), policies=(may("s3:GetObject"),))
    assert refusal(lambda: take(trusting, social, access_token(social), foreign)) == DENIED


def test_trust_in_the_one_is_no_trust_in_the_other(trusting: RunningAws, stand_ins: LocalIdps) -> None:
    arn = role_arn("FacebookReader", PRODUCTION)
    assert refusal(lambda: take(trusting, stand_ins.amazon, access_token(stand_ins.amazon), arn)) == DENIED


def test_an_access_token_needs_its_provider_id(trusting: RunningAws, social: LocalSocial) -> None:
    token = access_token(social)
    status, code, message = refusal(lambda: take(trusting, social, token, ProviderId=None))
    assert (status, code) == (400, "InvalidIdentityToken")
    assert "Access Token" in message


def test_an_id_token_has_none(trusting: RunningAws, social: LocalSocial) -> None:
    with running_issuer("/adfs") as issuer:
        token = issuer.token(aud=CLIENT)
        assert refusal(lambda: take(trusting, social, token))[:2] == (403, "IDPRejectedClaim")


@pytest.mark.parametrize("name", ["accounts.google.com", "https://graph.facebook.com", "evil.example"])
def test_no_other_provider_is_known(trusting: RunningAws, social: LocalSocial, name: str) -> None:
    token = access_token(social)
    assert refusal(lambda: take(trusting, social, token, ProviderId=name))[1] == "ValidationError"


def test_a_token_that_the_provider_took_back_is_rejected(trusting: RunningAws, social: LocalSocial) -> None:
    token = access_token(social)
    social.revoke("alice")
    status, code, message = refusal(lambda: take(trusting, social, token))
    name = PROVIDER_IDS[social.slug]
    assert (status, code) == (403, "IDPRejectedClaim")
    assert message == f"{name}: {name} responded with HTTP/1.1 400 Bad Request"


def test_aws_cannot_prove_that_it_knows_the_applications_secret(trusting: RunningAws, stand_ins: LocalIdps) -> None:
    token = access_token(stand_ins.facebook)
    stand_ins.facebook.settings(require_app_secret=True)
    assert refusal(lambda: take(trusting, stand_ins.facebook, token))[1] == "IDPRejectedClaim"


def test_a_provider_that_is_down_is_said_to_be(aws: RunningAws, social: LocalSocial) -> None:
    """This AWS was told of no stand-ins."""
    arn = new_role(aws, trusted(social, app_id=social.app_id))
    token = access_token(social)
    assert refusal(lambda: take(aws, social, token, arn))[:2] == (400, "IDPCommunicationError")


def test_no_token_is_in_the_record_nor_in_a_message(trusting: RunningAws, social: LocalSocial) -> None:
    token = access_token(social)
    social.revoke("alice")
    assert token not in refusal(lambda: take(trusting, social, token))[2]
    assert token not in str(trusting.calls())
