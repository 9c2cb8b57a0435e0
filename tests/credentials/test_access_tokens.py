"""Roles that are taken with a Facebook or Amazon sign-in: real stand-ins, and an AWS that asks them as AWS does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event
from credentials.diagnosis import diagnose
from credentials.issue import IssueRefused
from credentials.models import IssuedSession
from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, start_local_aws
from demo.idp.testing import LocalIdps, LocalSocial
from roles.models import Role
from tests.accounts.conftest import SignInAs, running_idps
from tests.accounts.social.conftest import SocialWalk, social, social_sign_in, socials
from tests.conftest import MakeRole
from tests.credentials.conftest import point, take

__all__ = ["running_idps", "social", "social_sign_in", "socials"]  # the fixtures of the room that signs in
ACTION = "AssumeRoleWithWebIdentity"


@pytest.fixture(scope="module")
def trusting_aws(running_idps: LocalIdps) -> Iterator[RunningAws]:
    facebook, amazon = running_idps.facebook, running_idps.amazon
    options = ["--facebook", facebook.base, "--facebook-app-id", facebook.app_id]
    with start_local_aws(*options, "--amazon", amazon.base, "--amazon-app-id", amazon.app_id) as running:
        yield running


@pytest.fixture
def web_aws(trusting_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    """Point STS at an AWS that knows the stand-ins; Daypass has no AWS credentials at all."""
    trusting_aws.reset()
    point(monkeypatch, trusting_aws.url)
    return trusting_aws


@pytest.fixture
def reader(make_role: MakeRole, social: LocalSocial) -> Role:
    """The role that Alice may take, who is named by her id there."""
    alice = f"subject:{social.slug}:{social.subject('alice')}"
    return make_role(
        f"{social.slug.title()}Reader", alice, account=PRODUCTION, method="web_identity", max_duration=43200
    )


def refused(sign_in: SignIn, role: Role) -> IssueRefused:
    with pytest.raises(IssueRefused) as caught:
        take(sign_in, role)
    return caught.value


def test_alice_signs_in_and_takes_her_role(web_aws: RunningAws, reader: Role, social: LocalSocial) -> None:
    walk = SocialWalk()
    assert walk.sign_in(social.slug, "alice").status_code == 302
    assert reader.name in walk.client.get("/").content.decode()
    address = f"/roles/{PRODUCTION}/{reader.name}/credentials/"
    answer = walk.client.post(address, {"request_key": uuid4()})
    assert (answer.status_code, "ASIA" in answer.content.decode()) == (200, True)
    [call] = web_aws.calls(ACTION)
    assert (
        call["parameters"]["ProviderId"] == {"facebook": "graph.facebook.com", "amazon": "www.amazon.com"}[social.slug]
    )
    session = IssuedSession.objects.get()
    assert (session.state, session.sts_request_id) == ("issued", call["request_id"])
    assert not any(token in str(list(Event.objects.values())) for token in ("EAA", "Atza", "Atzr"))


def test_bob_signs_in_and_finds_nothing(web_aws: RunningAws, reader: Role, social: LocalSocial) -> None:
    walk = SocialWalk()
    assert walk.sign_in(social.slug, "bob").status_code == 302
    answer = walk.client.post(f"/roles/{PRODUCTION}/{reader.name}/credentials/", {"request_key": uuid4()})
    assert (answer.status_code, web_aws.calls()) == (404, [])


def test_alice_of_the_other_provider_is_somebody_else(
    web_aws: RunningAws, reader: Role, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    other = {"facebook": "amazon", "amazon": "facebook"}[social.slug]
    assert refused(social_sign_in(other, "alice"), reader).refusal.slug == "not-yours"


def test_whoever_removed_the_application_gets_nothing_and_is_signed_out(
    web_aws: RunningAws, reader: Role, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    """Daypass's copy of the token looks good; AWS is told that it is not, and so is Daypass when it asks again."""
    sign_in = social_sign_in(social.slug)
    social.revoke("alice")
    assert refused(sign_in, reader).refusal.sign_in_again
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, len(web_aws.calls(ACTION))) == ("provider", 1)


def test_amazons_token_is_renewed_before_aws_is_asked(
    web_aws: RunningAws, make_role: MakeRole, socials: LocalIdps, social_sign_in: SignInAs
) -> None:
    alice = f"subject:amazon:{socials.amazon.subject('alice')}"
    role = make_role("AmazonReader", alice, account=PRODUCTION, method="web_identity")
    sign_in = social_sign_in("amazon")
    SignIn.objects.update(web_identity_token_expires_at=timezone.now() + timedelta(seconds=10))
    assert take(sign_in, role).session.state == "issued"
    grants = [call["parameters"]["grant_type"] for call in socials.amazon.calls("/auth/o2/token")]
    assert grants == ["authorization_code", "refresh_token"]


def test_the_statement_to_paste_names_application_and_person(
    web_aws: RunningAws, make_role: MakeRole, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    alice = f"subject:{social.slug}:{social.subject('alice')}"
    other = {"facebook": "AmazonReader", "amazon": "FacebookReader"}[social.slug]
    refused(social_sign_in(social.slug), make_role(other, alice, account=PRODUCTION, method="web_identity"))
    found = diagnose(IssuedSession.objects.get())
    assert found is not None
    [statement] = json.loads(found.policy_json)["Statement"]
    name, user = {"facebook": ("graph.facebook.com", "id"), "amazon": ("www.amazon.com", "user_id")}[social.slug]
    assert statement["Principal"] == {"Federated": name}
    asked = {f"{name}:app_id": social.app_id, f"{name}:{user}": [social.subject("alice")]}
    assert statement["Condition"] == {"StringEquals": asked}


def test_an_app_that_demands_its_secret_is_diagnosed(
    web_aws: RunningAws, make_role: MakeRole, socials: LocalIdps, social_sign_in: SignInAs
) -> None:
    alice = f"subject:facebook:{socials.facebook.subject('alice')}"
    role = make_role("FacebookReader", alice, account=PRODUCTION, method="web_identity")
    sign_in = social_sign_in("facebook")
    socials.facebook.settings(require_app_secret=True)
    refused(sign_in, role)
    found = diagnose(IssuedSession.objects.get())
    assert found is not None
    assert "Require App Secret" in found.fix


def test_by_assume_role_their_people_are_people_like_others(
    local_aws: RunningAws, make_role: MakeRole, social: LocalSocial, social_sign_in: SignInAs
) -> None:
    role = make_role("S3ReadOnly", f"subject:{social.slug}:{social.subject('alice')}")
    issued = take(social_sign_in(social.slug), role)
    assert issued.session.session_name.startswith(f"{social.slug}={social.subject('alice')[:20]}")
