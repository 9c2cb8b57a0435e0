"""Write down what was found, once: the finding, its ledger event, and the job that tells people."""

from django.db import transaction

from audit.alerts import tell
from audit.models import Event, Finding
from audit.record import DAYPASS, record
from audit.tags import Tag
from credentials.models import IssuedSession


@transaction.atomic
def find(found: dict[Finding.Kind, str], *, session: IssuedSession | None = None, event: Event | None = None) -> None:
    """Keep findings about a session, or about a refusal that has none; what was found before changes nothing."""
    known = _known(session=session, event=event)
    new = [_finding(kind, text, session=session, event=event) for kind, text in found.items() if kind not in known]
    Finding.objects.bulk_create(new)
    for finding in new:
        _record(finding)
    if new and session:
        tell("session", str(session.pk))
    elif new and event:
        tell("event", event.pk)


def _known(*, session: IssuedSession | None, event: Event | None) -> set[str]:
    thing = {"session_id": session.pk} if session else {"event_id": event.pk if event else None}
    return set(Finding.objects.filter(**thing).values_list("kind", flat=True))


def _finding(kind: str, text: str, *, session: IssuedSession | None, event: Event | None) -> Finding:
    person = session.user.label if session else event.actor_name if event else ""
    return Finding(
        kind=kind,
        text=text[:300],
        person=person,
        session_id=session.pk if session else None,
        event_id=None if session or not event else event.pk,
    )


def _record(finding: Finding) -> None:
    subject, subject_id = ("issued_session", finding.session_id) if finding.session_id else ("event", finding.event_id)
    record(
        Tag.SESSION_FLAG,
        actor=DAYPASS,
        subject=subject,
        subject_id=subject_id,
        kind=finding.kind,
        text=finding.text,
        person=finding.person,
    )
