"""What is written about an attempt: before STS is asked, after it, and when it is refused before that.

Each function is one durable transaction, committed when it returns; nothing here is ever part of a larger one. A row
that cannot be written raises Django's DatabaseError, and whoever holds credentials then drops them.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.lookup import is_live
from accounts.refusal_log import record_refusal
from audit.models import Job
from audit.outbox import put, wanted
from audit.record import Actor, record
from audit.tags import Tag
from credentials.aws import Answer, StsError
from credentials.models import IssuedSession
from credentials.sts_calls import StsCall
from credentials.web_identity import TokenUnavailable
from credentials.wish import Settled
from portal.compiled import insert, update

SUBJECT = "issued_session"
State = IssuedSession.State
Failure = StsError | TokenUnavailable


class AlreadyAsked(Exception):
    """There is a session for this request key: a double click, a second tab with the same form, or the back button."""

    def __init__(self, earlier: IssuedSession) -> None:
        super().__init__(f"session {earlier.pk}")
        self.earlier = earlier


class SignInOver(Exception):
    """The sign-in ended while AWS was asked: the person left, or was signed out. The session stays pending."""


class NoLongerPending(Exception):
    """The session was settled meanwhile, for example given up by the sweep."""


def write_request(session: IssuedSession, *, actor: Actor) -> None:
    """Commit the pending session and its ledger event."""
    try:
        with transaction.atomic(durable=True):
            insert(session)
            _tell(Tag.SESSION_REQUEST, session, actor, **_asked(session))
    except IntegrityError:
        asked = IssuedSession.objects.select_related("role__account").filter(request_key=session.request_key)
        if earlier := asked.first():
            raise AlreadyAsked(earlier) from None
        raise


def write_anew(session: IssuedSession, *, principal: str, settled: Settled, actor: Actor) -> None:
    """Commit what is asked instead, by another mapping than the request named; raise NoLongerPending."""
    values = {
        "principal": principal,
        "session_name": settled.session_name,
        "role_arn": settled.role_arn,
        "duration": settled.duration,
    }
    with transaction.atomic(durable=True):
        _change(session, values)
        _tell(Tag.SESSION_CHANGE, session, actor, **values)


def write_issued(session: IssuedSession, *, answer: Answer, calls: list[StsCall], actor: Actor) -> None:
    """Commit that STS said yes, what identifies the session, and the work that follows; raise SignInOver instead."""
    expires_at = answer.credentials.expires_at
    known = {
        "access_key_id": answer.credentials.access_key_id,
        "assumed_role_id": answer.assumed_role_id,
        "packed_policy_size": answer.packed_policy_size,
        "sts_request_id": answer.request_id,
    }
    with transaction.atomic(durable=True):
        if not is_live(session.sign_in_id):
            raise SignInOver(f"session {session.pk} is nobody's any more")
        _move(session, State.ISSUED, expires_at=expires_at, **known)
        told = {**known, "expires_at": expires_at.isoformat(), "region": answer.region, **_calls(calls)}
        _tell(Tag.SESSION_ISSUE, session, actor, duration=session.duration, **told)
        due = wanted("expire_session", key=f"expire:{session.pk}", due_at=expires_at, session_id=str(session.pk))
        put(_audit(session), due)


def write_failed(session: IssuedSession, *, error: Failure, calls: list[StsCall], actor: Actor) -> None:
    """Commit that STS said no, in its own words; or, where an answer was lost, that nobody knows what it said."""
    known = {"error_code": error.code, "error_message": error.message, "sts_request_id": error.request_id}
    lost = any(call.lost for call in calls)
    with transaction.atomic(durable=True):
        _move(session, State.ABANDONED if lost else State.FAILED, **known)
        told = {**known, "status": error.status, "region": error.region, **_calls(calls)}
        _tell(Tag.SESSION_LOSE if lost else Tag.SESSION_FAIL, session, actor, **told)
        put(_audit(session))


def write_refusal(role: tuple[str, str], *, actor: Actor, reference: str, why: str) -> str:
    """Commit that Daypass itself refused; there is no session then. Return the reference that stands for it."""
    with transaction.atomic(durable=True):
        told = {"why": why, "account_id": role[0], "role_name": role[1]}
        return record_refusal(Tag.SESSION_REFUSE, actor=actor, subject="role", reference=reference, **told)


def write_console(session: IssuedSession, *, actor: Actor, tag: Tag, **details: str) -> None:
    """Commit that the console was opened, or was not."""
    with transaction.atomic(durable=True):
        _tell(tag, session, actor, **details)


def _move(session: IssuedSession, state: State, **values: object) -> None:
    """Settle the pending row; the database picks the winner where two try. The object follows the row."""
    _change(session, {"state": state, "settled_at": timezone.now(), **values})


def _change(session: IssuedSession, values: dict[str, object]) -> None:
    if not update(IssuedSession, {"id": session.pk, "state": State.PENDING}, values):
        raise NoLongerPending(f"session {session.pk} was settled meanwhile")
    for name, value in values.items():
        setattr(session, name, value)


def _audit(session: IssuedSession) -> Job:
    return wanted("audit_session", key=f"audit:{session.pk}", session_id=str(session.pk))


def _calls(calls: list[StsCall]) -> dict[str, object]:
    """Return how often STS was asked; each call by itself where it was more than once."""
    return {"calls": len(calls)} | ({"each_call": [call.told() for call in calls]} if len(calls) > 1 else {})


def _tell(tag: Tag, session: IssuedSession, actor: Actor, **details: object) -> None:
    record(tag, actor=actor, subject=SUBJECT, subject_id=session.pk, reference=session.reference, **details)


def _asked(session: IssuedSession) -> dict[str, object]:
    names = ("delivery", "method", "role_arn", "principal", "session_name", "source_identity", "duration", "reason")
    return {name: getattr(session, name) for name in names}
