"""Roles that are taken with the person's own ID token: real providers, real tokens, an AWS that verifies them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event, Finding
from audit.review import audit_session
from credentials import issue as room
from credentials.issue import Issued, IssueRefused
from credentials.models import IssuedSession
from credentials.web_identity import WebIdentity, web_identity
from demo.aws.seed import PRODUCTION
from demo.aws.testing import RunningAws, start_local_aws
from demo.idp.testing import LocalIdp, LocalIdps
from roles.models import Role, RoleMapping
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


@pytest.fixture
def moved(make_role: MakeRole, idps: LocalIdps, real_sign_in: SignInAs) -> SignIn:
    """Alice, whom the provider put into another group since she signed in: a mapping allows two hours or one."""
    role = make_role("AdfsReader", account=PRODUCTION, method="web_identity", max_duration=43200)
    for group, seconds in (("AWS-Prod-Admin", 7200), ("AWS-Dev-Read", 3600)):
        RoleMapping.objects.create(role=role, principal=f"group:adfs:{group}", max_duration=seconds)
    sign_in = real_sign_in("adfs", "alice")
    idps.person("alice", groups=["AWS-Dev-Read"])
    return sign_in


def adfs_reader() -> Role:
    role: Role = Role.objects.select_related("account").get(name="AdfsReader")
    return role


def durations(web_aws: RunningAws) -> list[str]:
    return [call["parameters"]["DurationSeconds"] for call in web_aws.calls(ACTION)]


def decided_by(issued: Issued) -> tuple[str, int]:
    row = IssuedSession.objects.get(pk=issued.session.pk)
    return row.principal, row.duration


def test_the_mapping_that_is_in_force_after_the_renewal_decides(web_aws: RunningAws, moved: SignIn) -> None:
    left(moved, 0)
    issued = take(moved, adfs_reader(), duration=7200)
    assert decided_by(issued) == ("group:adfs:AWS-Dev-Read", 3600)
    assert durations(web_aws) == ["3600"]
    assert web_aws.calls(ACTION)[0]["parameters"]["RoleSessionName"] == issued.session.session_name


def test_what_is_asked_instead_is_on_the_ledger_before_aws_is_asked(web_aws: RunningAws, moved: SignIn) -> None:
    left(moved, 0)
    session = take(moved, adfs_reader(), duration=7200).session
    told = {event.tag: event.details for event in Event.objects.filter(subject_id=str(session.pk)).order_by("pk")}
    assert list(told) == [f"credentials:session:{word}" for word in ("request", "change", "issue")]
    assert [told[tag].get("duration") for tag in told] == [7200, 3600, 3600]
    assert told["credentials:session:change"]["principal"] == "group:adfs:AWS-Dev-Read"
    audit_session(session_id=str(session.pk))
    assert not Finding.objects.filter(kind=Finding.Kind.INCOMPLETE).exists()


def test_a_token_renewed_because_aws_turned_it_down_is_settled_anew(web_aws: RunningAws, moved: SignIn) -> None:
    web_aws.fault(ACTION, "error", code="ExpiredTokenException", status=400, times=1)
    issued = take(moved, adfs_reader(), duration=7200)
    assert (decided_by(issued), durations(web_aws)) == (("group:adfs:AWS-Dev-Read", 3600), ["7200", "3600"])


def test_rights_that_another_process_renewed_are_those_that_decide(web_aws: RunningAws, moved: SignIn) -> None:
    SignIn.objects.filter(pk=moved.pk).update(principals=["group:adfs:AWS-Dev-Read"])  # and this process knows nothing
    assert decided_by(take(moved, adfs_reader(), duration=7200)) == ("group:adfs:AWS-Dev-Read", 3600)


def test_a_mapping_by_which_aws_cannot_be_asked_refuses(web_aws: RunningAws, moved: SignIn) -> None:
    RoleMapping.objects.filter(max_duration=3600).update(max_duration=600)
    left(moved, 0)
    assert refused(moved, adfs_reader()).refusal.slug == "rights-changed"
    assert (IssuedSession.objects.get().error_code, web_aws.calls()) == ("RightsChanged", [])


@pytest.mark.parametrize(
    ("meanwhile", "slug"),
    [
        (lambda: Role.objects.update(method="assume_role"), "rights-changed"),
        (lambda: IssuedSession.objects.update(state="abandoned"), "too-late"),
    ],
)
def test_what_changes_while_the_token_is_renewed_refuses(
    web_aws: RunningAws, moved: SignIn, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], int], slug: str
) -> None:
    def slow(*, sign_in: SignIn, renewed: bool) -> WebIdentity:
        meanwhile()
        return web_identity(sign_in=sign_in, renewed=renewed)

    monkeypatch.setattr(room, "web_identity", slow)
    left(moved, 0)
    assert refused(moved, adfs_reader()).refusal.slug == slug
    assert web_aws.calls() == []
