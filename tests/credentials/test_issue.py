"""The path of an issue against an AWS that enforces: refusals first."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.models import Event, Job
from credentials import aws as sts
from credentials.issue import AlreadyTaken, IssueRefused
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.models import Role, RoleMapping
from tests.conftest import MakeRole
from tests.credentials.conftest import take

State = IssuedSession.State


def refused(sign_in: SignIn, role: Role, **values: object) -> IssueRefused:
    with pytest.raises(IssueRefused) as caught:
        take(sign_in, role, **values)
    return caught.value


def tags() -> list[str]:
    mine = Event.objects.filter(tag__startswith="credentials:").order_by("pk")
    return list(mine.values_list("tag", flat=True))


def test_somebody_without_a_mapping_gets_nothing_and_leaves_a_trace(
    local_aws: RunningAws, s3_read_only: Role, charlie: SignIn
) -> None:
    refusal = refused(charlie, s3_read_only)
    event = Event.objects.get(tag="credentials:session:refuse")
    assert (refusal.refusal.slug, refusal.refusal.status, refusal.session) == ("not-yours", 404, None)
    assert (event.reference, event.actor_name) == (refusal.reference, "charlie@example.com")
    assert (IssuedSession.objects.count(), local_aws.calls()) == (0, [])


def test_a_mapping_removed_between_page_and_click_refuses(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn
) -> None:
    RoleMapping.objects.all().delete()
    assert refused(alice, s3_read_only).refusal.slug == "not-yours"
    assert local_aws.calls() == []


LONG_AGO = timezone.now() - timedelta(days=1)


@pytest.mark.parametrize(
    "ended",
    [
        {"ended_at": LONG_AGO, "end_reason": "left"},
        {"expires_at": LONG_AGO},
        {"last_seen_at": LONG_AGO},
        {"started_at": LONG_AGO},
    ],
)
def test_a_sign_in_that_is_over_refuses(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, ended: dict[str, object]
) -> None:
    for name, value in ended.items():
        setattr(alice, name, value)
    assert refused(alice, s3_read_only).refusal.sign_in_again
    assert local_aws.calls() == []


def test_a_role_that_asks_for_a_reason_is_not_given_without(
    local_aws: RunningAws, make_role: MakeRole, alice: SignIn
) -> None:
    role = make_role("PowerDeveloper", "user:alice@example.com", requires_reason=True)
    assert refused(alice, role).refusal.sentence == "This role is given only for a reason."
    assert take(alice, role, reason="OPS-12").session.reason == "OPS-12"


def test_aws_refusing_is_settled_with_its_own_words(local_aws: RunningAws, make_role: MakeRole, alice: SignIn) -> None:
    refusal = refused(alice, make_role("Storyteller", "user:alice@example.com"))
    session = IssuedSession.objects.get()
    assert (session.state, session.error_code) == (State.FAILED, "AccessDenied")
    assert "user/daypass-portal is not authorized to perform: sts:AssumeRole" in session.error_message
    assert (refusal.refusal.slug, refusal.reference) == ("not-trusted", session.reference)
    assert tags() == ["credentials:session:request", "credentials:session:fail"]
    assert [job.key for job in Job.objects.filter(task="audit_session")] == [f"audit:{session.pk}"]


def test_alice_takes_what_she_may(local_aws: RunningAws, s3_read_only: Role, alice: SignIn) -> None:
    issued = take(alice, s3_read_only, duration=7200)
    row, call = IssuedSession.objects.get(), local_aws.calls("AssumeRole")[0]
    assert (row.state, row.duration, row.access_key_id) == (State.ISSUED, 7200, issued.credentials.access_key_id)
    assert row.session_name.startswith("alice@example.com-")
    assert row.sts_request_id == call["request_id"]
    assert row.expires_at == issued.credentials.expires_at
    assert tags() == ["credentials:session:request", "credentials:session:issue"]


def test_the_work_that_follows_is_due_in_time(local_aws: RunningAws, s3_read_only: Role, alice: SignIn) -> None:
    session = take(alice, s3_read_only).session
    jobs = {job.task: job for job in Job.objects.all()}
    assert {job.key for job in jobs.values()} == {f"audit:{session.pk}", f"expire:{session.pk}"}
    assert jobs["expire_session"].due_at == session.expires_at
    assert jobs["audit_session"].arguments == {"session_id": str(session.pk)}


def test_a_form_of_another_person_blocks_nobody(
    local_aws: RunningAws, make_role: MakeRole, alice: SignIn, bob: SignIn
) -> None:
    role, key = make_role("S3ReadOnly", "domain:example.com"), uuid4()
    taken = [take(who, role, request_key=key).session.user_id for who in (alice, bob)]
    assert taken == [alice.user_id, bob.user_id]


def test_the_same_form_gives_credentials_once(local_aws: RunningAws, s3_read_only: Role, alice: SignIn) -> None:
    key = uuid4()
    take(alice, s3_read_only, request_key=key)
    with pytest.raises(AlreadyTaken) as again:
        take(alice, s3_read_only, request_key=key)
    assert (again.value.refusal.slug, again.value.refusal.status) == ("taken", 409)
    assert Event.objects.get(tag="credentials:session:refuse").reference == again.value.reference
    assert (IssuedSession.objects.count(), len(local_aws.calls("AssumeRole"))) == (1, 1)


@pytest.mark.parametrize(
    ("state", "slug"),
    [("pending", "running"), ("abandoned", "answer-lost"), ("expired", "taken"), ("revoked", "taken")],
)
def test_the_same_form_is_answered_by_what_became_of_it(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, state: str, slug: str
) -> None:
    key = uuid4()
    earlier, first, later = (take(alice, s3_read_only, request_key=each).session for each in (uuid4(), key, uuid4()))
    IssuedSession.objects.filter(pk=first.pk).update(state=state)
    again = refused(alice, s3_read_only, request_key=key)
    assert (again.refusal.slug, again.refusal.status, again.session) == (slug, 409, None)
    why = Event.objects.get(tag="credentials:session:refuse").details["why"]
    assert why == f"the same form was sent before, reference {first.reference}: {state}"
    others = {(other.pk, State.ISSUED) for other in (earlier, later)}
    assert set(IssuedSession.objects.values_list("pk", "state")) == {(first.pk, state), *others}


def test_the_same_form_is_refused_again_as_aws_refused_it(
    local_aws: RunningAws, make_role: MakeRole, alice: SignIn
) -> None:
    key, role = uuid4(), make_role("Storyteller", "user:alice@example.com")
    first, again = (refused(alice, role, request_key=key) for _ in range(2))
    assert isinstance(again, AlreadyTaken)
    assert (again.refusal, again.session) == (first.refusal, first.session)
    assert len(local_aws.calls("AssumeRole")) == 1


def test_a_form_that_is_sent_again_while_it_runs_is_told_so(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, slugs, asked = uuid4(), [], sts.take

    def slow(*args: Any, **values: Any) -> sts.Answer:
        slugs.append(refused(alice, s3_read_only, request_key=key).refusal.slug)
        return asked(*args, **values)

    monkeypatch.setattr(sts, "take", slow)
    assert take(alice, s3_read_only, request_key=key).session.state == State.ISSUED
    assert slugs == ["running"]
