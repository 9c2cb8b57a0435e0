"""Audit one settled session: is its record complete, and is anything about it unusual?"""

from datetime import timedelta

from django.db import transaction

from audit import unusual
from audit.findings import find
from audit.models import Event, Finding
from audit.record import DAYPASS, record
from audit.tags import Tag
from credentials.models import IssuedSession
from roles.preferences import taken

State = IssuedSession.State
CLOCKS = timedelta(minutes=5)  # how far AWS's clock and ours may be apart
UNANSWERED = (Tag.SESSION_LOSE, Tag.SESSION_ABANDON)
FATE = "STS was asked, and its answer was lost. CloudTrail tells whether a session exists."


class NotSettled(RuntimeError):
    """The session is still pending; the outbox asks again later."""


@transaction.atomic
def audit_session(*, session_id: str) -> None:
    """Flag what is missing or unusual and put the audit on the ledger, once per session."""
    session = IssuedSession.objects.select_related("user", "role").get(pk=session_id)
    if session.state == IssuedSession.State.PENDING:
        raise NotSettled("this session is still pending")
    events = list(Event.objects.filter(subject="issued_session", subject_id=str(session.pk)).order_by("pk"))
    if any(event.tag == Tag.SESSION_AUDIT for event in events):
        return
    found = {**_gaps(session, events), **unusual.signs(session), **_fate(session)}
    find(found, session=session)
    if unusual.was_issued(session):
        taken(user_id=session.user_id, role_id=session.role_id, at=session.created_at, until=session.expires_at)
    record(
        Tag.SESSION_AUDIT,
        actor=DAYPASS,
        subject="issued_session",
        subject_id=session.pk,
        person=session.user.label,
        findings=sorted(found),
    )


def _gaps(session: IssuedSession, events: list[Event]) -> dict[Finding.Kind, str]:
    gaps = missing(session, events)
    return {Finding.Kind.INCOMPLETE: f"Missing or wrong: {', '.join(gaps)}."} if gaps else {}


def _fate(session: IssuedSession) -> dict[Finding.Kind, str]:
    return {Finding.Kind.ABANDONED: FATE} if session.state == State.ABANDONED else {}


def missing(session: IssuedSession, events: list[Event]) -> list[str]:
    """Return in words what the record of a settled session lacks."""
    tags = [event.tag for event in events]
    was_issued = unusual.was_issued(session)
    checks = {
        "the request on the ledger": tags.count(Tag.SESSION_REQUEST) == 1,
        "the outcome on the ledger": sum(tag in _outcomes(session) for tag in tags) == 1,
        "the time it was settled": session.settled_at is not None,
    }
    checks |= _issue_checks(session, events) if was_issued else {}
    checks |= {"AWS's error code": bool(session.error_code)} if session.state == State.FAILED else {}
    return [words for words, fine in checks.items() if not fine]


def _outcomes(session: IssuedSession) -> tuple[Tag, ...]:
    """Return the events of which the ledger must hold exactly one."""
    if unusual.was_issued(session):
        return (Tag.SESSION_ISSUE,)
    return UNANSWERED if session.state == State.ABANDONED else (Tag.SESSION_FAIL,)


def _issue_checks(session: IssuedSession, events: list[Event]) -> dict[str, bool]:
    return {
        "the access key ID": bool(session.access_key_id),
        "the STS request ID": bool(session.sts_request_id),
        "the expiry": session.expires_at is not None,
        "the duration": _lasts_as_asked(session),
        "what the ledger says of it": _is_as_told(session, events),
    }


def _lasts_as_asked(session: IssuedSession) -> bool:
    if not (session.expires_at and session.settled_at):
        return True  # said already as missing
    return abs(session.expires_at - session.settled_at - timedelta(seconds=session.duration)) <= CLOCKS


def _is_as_told(session: IssuedSession, events: list[Event]) -> bool:
    """Tell whether the row still says what the ledger said last, which nobody can change afterwards."""
    names = ("duration", "principal", "session_name", "access_key_id", "sts_request_id")
    told = {name: event.details[name] for event in events for name in names if name in event.details}
    return all(value == getattr(session, name) for name, value in told.items())
