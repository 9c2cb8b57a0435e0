"""The audit of a session: complete or not, once, and the same whenever it runs."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import SignIn
from audit.models import Event, Finding, Job
from audit.review import NotSettled, audit_session
from audit.tags import Tag
from credentials.models import IssuedSession
from roles.models import RolePreference
from tests.audit.conftest import Taken, make_role, make_session, put_on_ledger

State = IssuedSession.State


def audit(session: IssuedSession) -> set[str]:
    audit_session(session_id=str(session.pk))
    return set(Finding.objects.filter(session_id=session.pk).values_list("kind", flat=True))


def gaps(session: IssuedSession) -> str:
    audit(session)
    return Finding.objects.get(session_id=session.pk, kind=Finding.Kind.INCOMPLETE).text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"access_key_id": ""}, "the access key ID"),
        ({"sts_request_id": ""}, "the STS request ID"),
        ({"expires_at": None}, "the expiry"),
        ({"settled_at": None}, "the time it was settled"),
    ],
)
def test_what_the_row_lacks_is_named(taken: Taken, alice: SignIn, values: dict[str, Any], words: str) -> None:
    assert gaps(taken(alice, **values)) == f"Missing or wrong: {words}."


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([Tag.SESSION_ISSUE], "the request on the ledger"),
        ([Tag.SESSION_REQUEST], "the outcome on the ledger"),
        ([Tag.SESSION_REQUEST, Tag.SESSION_FAIL], "the outcome on the ledger"),
        ([Tag.SESSION_REQUEST, Tag.SESSION_ISSUE, Tag.SESSION_ISSUE], "the outcome on the ledger"),
    ],
)
def test_what_the_ledger_lacks_is_named(alice: SignIn, tags: list[Tag], words: str) -> None:
    session = make_session(alice, make_role())
    put_on_ledger(alice, session, *tags)
    assert gaps(session) == f"Missing or wrong: {words}."


def test_a_session_that_lasts_longer_than_asked_is_flagged(taken: Taken, alice: SignIn) -> None:
    session = taken(alice)
    assert session.expires_at is not None
    IssuedSession.objects.filter(pk=session.pk).update(expires_at=session.expires_at + timedelta(hours=1))
    assert gaps(session) == "Missing or wrong: the duration."


@pytest.mark.parametrize("values", [{"duration": 3599}, {"access_key_id": "ASIAMALLORY"}, {"sts_request_id": "other"}])
def test_a_row_that_says_other_than_the_ledger_is_flagged(taken: Taken, alice: SignIn, values: dict[str, Any]) -> None:
    session = taken(alice)
    IssuedSession.objects.filter(pk=session.pk).update(**values)
    assert gaps(session) == "Missing or wrong: what the ledger says of it."


def test_a_pending_session_is_audited_later(alice: SignIn) -> None:
    session = make_session(alice, make_role(), state=State.PENDING)
    with pytest.raises(NotSettled):
        audit(session)


def test_a_failed_session_needs_its_own_record(alice: SignIn) -> None:
    values: dict[str, Any] = {"state": State.FAILED, "access_key_id": "", "sts_request_id": "", "expires_at": None}
    session = make_session(alice, make_role(), error_code="AccessDenied", **values)
    put_on_ledger(alice, session, Tag.SESSION_REQUEST, Tag.SESSION_FAIL)
    assert audit(session) == set()


@pytest.mark.parametrize("tag", [Tag.SESSION_LOSE, Tag.SESSION_ABANDON])
def test_a_session_of_unknown_fate_is_told_as_that_and_not_as_incomplete(alice: SignIn, tag: Tag) -> None:
    values: dict[str, Any] = {"state": State.ABANDONED, "access_key_id": "", "sts_request_id": "", "expires_at": None}
    session = make_session(alice, make_role(), **values)
    put_on_ledger(alice, session, Tag.SESSION_REQUEST, tag)
    assert audit(session) == {Finding.Kind.ABANDONED}


def test_a_session_of_unknown_fate_needs_the_event_that_says_so(alice: SignIn) -> None:
    session = make_session(alice, make_role(), state=State.ABANDONED, access_key_id="", expires_at=None)
    put_on_ledger(alice, session, Tag.SESSION_REQUEST, Tag.SESSION_FAIL)
    assert gaps(session) == "Missing or wrong: the outcome on the ledger."


def test_a_complete_session_like_the_last_one_has_no_finding(taken: Taken, alice: SignIn) -> None:
    taken(alice, ago=timedelta(days=2))
    assert audit(taken(alice)) == set()


def test_auditing_twice_is_auditing_once(taken: Taken, alice: SignIn) -> None:
    session = taken(alice)
    assert audit(session) == audit(session) == {"first_use"}
    about = Event.objects.filter(subject_id=str(session.pk))
    assert about.filter(tag=Tag.SESSION_AUDIT).count() == 1
    assert about.filter(tag=Tag.SESSION_FLAG).count() == 1


def test_people_are_told_once_on_each_channel(taken: Taken, alice: SignIn, settings: Any) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    settings.DAYPASS_ALERT_WEBHOOK = "https://hooks.example/x"
    session = taken(alice)
    audit(session)
    audit(session)
    jobs = Job.objects.filter(task__startswith="tell_")
    assert sorted(jobs.values_list("task", flat=True)) == ["tell_mail", "tell_webhook"]


def test_without_a_channel_nobody_is_told(taken: Taken, alice: SignIn) -> None:
    audit(taken(alice))
    assert not Job.objects.exists()


@pytest.mark.parametrize(("state", "remembered"), [(State.ISSUED, 1), (State.FAILED, 0)])
def test_a_role_that_was_really_taken_is_among_the_recent_ones(alice: SignIn, state: str, remembered: int) -> None:
    session = make_session(alice, make_role(), state=state)
    audit(session)
    recent = RolePreference.objects.filter(user=alice.user, role=session.role, last_taken_at=session.created_at)
    assert recent.count() == remembered
