"""Roles that are taken with the person's own ID token: real providers, real tokens, an AWS that verifies them."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event
from credentials.issue import IssueRefused
from credentials.models import IssuedSession
from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, start_local_aws
from demo.idp.testing import LocalIdp, LocalIdps
from roles.models import Role
from tests.accounts.conftest import SignInAs, idp, idps, providers_file, real_sign_in, running_idps
from tests.conftest import Browser, MakeRole
from tests.credentials.conftest import point, take

__all__ = ["idp", "idps", "providers_file", "real_sign_in", "running_idps"]  # the fixtures of the room that signs in
ACTION = "AssumeRoleWithWebIdentity"


@pytest.fixture(scope="module")
def trusting_aws(running_idps: LocalIdps) -> Iterator[RunningAws]:
    options: list[str] = []
    for provider in (running_idps.google, running_idps.adfs):
        options += [f"--{provider.slug}-issuer", provider.issuer, f"--{provider.slug}-client-id", provider.client_id]
    with start_local_aws(*options) as running:
        yield running


@pytest.fixture
def web_aws(trusting_aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    """Point STS at an AWS that trusts the providers; Daypass has no AWS credentials at all."""
    trusting_aws.reset()
    point(monkeypatch, trusting_aws.url)
    return trusting_aws


@pytest.fixture
def reader(make_role: MakeRole, idp: LocalIdp) -> Role:
    name = f"{idp.slug.title()}Reader"
    return make_role(name, "user:alice@example.com", account=PRODUCTION, method="web_identity", max_duration=43200)


def left(sign_in: SignIn, seconds: int, **values: object) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    SignIn.objects.filter(pk=sign_in.pk).update(web_identity_token_expires_at=until, **values)
    sign_in.refresh_from_db()


def refused(sign_in: SignIn, role: Role) -> IssueRefused:
    with pytest.raises(IssueRefused) as caught:
        take(sign_in, role)
    return caught.value


def tokens_asked(idp: LocalIdp) -> int:
    return len([call for call in idp.calls() if call["parameters"].get("grant_type") == "refresh_token"])


def test_the_persons_own_token_opens_the_role(
    web_aws: RunningAws, reader: Role, idp: LocalIdp, real_sign_in: SignInAs
) -> None:
    issued = take(real_sign_in(idp.slug), reader, duration=7200)
    call = web_aws.calls(ACTION)[0]
    assert (issued.session.state, issued.session.method) == ("issued", "web_identity")
    assert call["request_id"] == issued.session.sts_request_id
    assert not issued.session.source_identity
    assert "eyJ" not in str(list(Event.objects.values()) + list(IssuedSession.objects.values()))


def test_a_sign_in_that_ended_is_refused_before_aws(
    web_aws: RunningAws, reader: Role, idp: LocalIdp, real_sign_in: SignInAs
) -> None:
    sign_in = real_sign_in(idp.slug)
    SignIn.objects.update(ended_at=timezone.now())  # elsewhere, after this request began
    refusal = refused(sign_in, reader)
    assert refusal.refusal.sign_in_again
    assert (IssuedSession.objects.get().error_code, web_aws.calls()) == ("SignInOver", [])


def test_a_token_that_cannot_be_renewed_asks_for_a_new_sign_in(
    web_aws: RunningAws, reader: Role, idp: LocalIdp, real_sign_in: SignInAs, browser: Browser
) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 10, refresh_token="")
    client = browser(sign_in)
    answer = client.post(f"/roles/{PRODUCTION}/{reader.name}/credentials/", {"request_key": uuid4()})
    assert (answer.status_code, web_aws.calls()) == (403, [])
    assert answer.context["retry_url"] == f"/sign-in/?next=%2Froles%2F{PRODUCTION}%2F{reader.name}%2F&again=1"
    assert client.get(answer.context["retry_url"]).status_code == 200  # and no way round in a circle
    assert IssuedSession.objects.get().error_code == "SignInOver"


def test_a_token_that_aws_finds_expired_is_renewed_once_and_asked_once_more(
    web_aws: RunningAws, reader: Role, idp: LocalIdp, real_sign_in: SignInAs
) -> None:
    sign_in = real_sign_in(idp.slug)
    web_aws.fault(ACTION, "error", code="ExpiredTokenException", status=400, times=1)
    assert take(sign_in, reader).session.state == "issued"
    assert (tokens_asked(idp), len(web_aws.calls(ACTION))) == (1, 2)


def test_a_token_that_stays_expired_is_not_asked_a_third_time(
    web_aws: RunningAws, reader: Role, idp: LocalIdp, real_sign_in: SignInAs
) -> None:
    sign_in = real_sign_in(idp.slug)
    web_aws.fault(ACTION, "error", code="ExpiredTokenException", status=400)
    assert refused(sign_in, reader).refusal.slug == "too-old"
    assert len(web_aws.calls(ACTION)) == 2


def test_rights_that_the_renewal_took_away_are_not_used(
    web_aws: RunningAws, make_role: MakeRole, idps: LocalIdps, real_sign_in: SignInAs
) -> None:
    role = make_role("AdfsReader", "group:adfs:AWS-Prod-Admin", account=PRODUCTION, method="web_identity")
    sign_in = real_sign_in("adfs", "alice")
    left(sign_in, 0)
    idps.person("alice", groups=["AWS-Dev-Read"])
    assert refused(sign_in, role).refusal.slug == "not-yours"
    assert (IssuedSession.objects.get().error_code, web_aws.calls()) == ("NotGranted", [])
