"""Sessions end at their time; questions to STS that nobody answered are reported; each change happens once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import SignIn
from audit.expiry import NotYet, abandon_session, expire_session, sweep
from audit.models import Event, Finding, Job
from audit.tags import Tag
from credentials.models import IssuedSession
from tests.audit.conftest import make_role, make_session

State = IssuedSession.State
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def state(session: IssuedSession) -> str:
    session.refresh_from_db()
    return session.state


def events(tag: Tag) -> int:
    return Event.objects.filter(tag=tag).count()


def test_a_live_session_is_not_expired_before_its_time(alice: SignIn) -> None:
    session = make_session(alice, make_role(), ago=59 * MINUTE)
    with pytest.raises(NotYet):
        expire_session(session_id=str(session.pk))
    assert state(session) == State.ISSUED


@pytest.mark.parametrize("fate", [State.FAILED, State.REVOKED, State.PENDING, State.ABANDONED])
def test_only_an_issued_session_expires(alice: SignIn, fate: str) -> None:
    session = make_session(alice, make_role(), ago=2 * HOUR, state=fate)
    expire_session(session_id=str(session.pk))
    assert (state(session), events(Tag.SESSION_EXPIRE)) == (fate, 0)


def test_a_session_expires_once(alice: SignIn) -> None:
    session = make_session(alice, make_role(), ago=2 * HOUR)
    for _ in range(2):
        expire_session(session_id=str(session.pk))
    assert (state(session), events(Tag.SESSION_EXPIRE)) == (State.EXPIRED, 1)


def test_the_sweep_finds_what_was_missed_and_leaves_the_rest(alice: SignIn) -> None:
    role = make_role()
    overdue = make_session(alice, role, ago=2 * HOUR)
    others = [make_session(alice, role, ago=HOUR + MINUTE), make_session(alice, role)]
    assert (sweep(), sweep()) == (1, 0)
    assert state(overdue) == State.EXPIRED
    assert [state(other) for other in others] == [State.ISSUED] * 2


def test_a_question_that_may_still_be_answered_is_left_alone(alice: SignIn) -> None:
    session = make_session(alice, make_role(), ago=9 * MINUTE, state=State.PENDING)
    assert (sweep(), state(session)) == (0, State.PENDING)


def test_a_question_without_answer_is_abandoned_reported_and_told_once(alice: SignIn, settings: object) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]  # type: ignore[attr-defined]  # pytest-django's wrapper
    session = make_session(alice, make_role(), ago=11 * MINUTE, state=State.PENDING, settled_at=None)
    assert (sweep(), sweep()) == (1, 0)
    assert (state(session), events(Tag.SESSION_ABANDON)) == (State.ABANDONED, 1)
    assert (session.settled_at or timezone.now()) > session.created_at
    finding = Finding.objects.get()
    assert (finding.kind, finding.session_id) == (Finding.Kind.ABANDONED, session.pk)
    assert Job.objects.get().task == "tell_mail"


def test_one_question_is_given_up_and_no_other(alice: SignIn, bob: SignIn) -> None:
    session, other = (make_session(who, make_role(), ago=HOUR, state=State.PENDING) for who in (alice, bob))
    assert [abandon_session(session.pk) for _ in range(2)] == [True, False]
    assert (state(session), state(other), events(Tag.SESSION_ABANDON)) == (State.ABANDONED, State.PENDING, 1)
