"""End what is over: live sessions at their time, and questions to STS that nobody will answer any more."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.findings import find
from audit.models import Finding
from audit.record import DAYPASS, record
from audit.tags import Tag
from credentials.models import IssuedSession

State = IssuedSession.State
PATIENCE = timedelta(minutes=10)  # STS answers in seconds or never
SLACK = timedelta(minutes=2)  # the session's own job comes first
AT_ONCE = 500


class NotYet(RuntimeError):
    """A session was to be expired before its time; the outbox asks again later."""


@transaction.atomic
def expire_session(*, session_id: str) -> None:
    """Turn an issued session whose time is over into an expired one, once."""
    live = IssuedSession.objects.filter(pk=session_id, state=State.ISSUED)
    if live.filter(expires_at__lte=timezone.now()).update(state=State.EXPIRED):
        record(Tag.SESSION_EXPIRE, actor=DAYPASS, subject="issued_session", subject_id=session_id)
    elif live.exists():
        raise NotYet("this session is still live")


def sweep() -> int:
    """Do both for whatever was missed and return how many sessions changed; safe to repeat and to run twice."""
    overdue = _ids(_overdue())
    for session_id in overdue:
        expire_session(session_id=str(session_id))
    return len(overdue) + sum(abandon_session(session_id) for session_id in _ids(_unanswered()))


def _ids(sessions: QuerySet[IssuedSession]) -> list[UUID]:
    return list(sessions.values_list("pk", flat=True)[:AT_ONCE])


def _overdue() -> QuerySet[IssuedSession]:
    return IssuedSession.objects.filter(state=State.ISSUED, expires_at__lte=timezone.now() - SLACK).order_by(
        "expires_at"
    )


def _unanswered() -> QuerySet[IssuedSession]:
    return IssuedSession.objects.filter(state=State.PENDING, created_at__lte=timezone.now() - PATIENCE)


@transaction.atomic
def abandon_session(session_id: UUID) -> bool:
    """Turn a pending session into an abandoned one and report it; whoever still waits for STS gets nothing then."""
    unanswered = _unanswered().filter(pk=session_id)
    if not unanswered.update(state=State.ABANDONED, settled_at=timezone.now()):
        return False
    session = IssuedSession.objects.select_related("user").get(pk=session_id)
    record(Tag.SESSION_ABANDON, actor=DAYPASS, subject="issued_session", subject_id=session_id)
    text = "STS was asked, and its answer was never recorded. CloudTrail tells whether a session exists."
    find({Finding.Kind.ABANDONED: text}, session=session)
    return True
