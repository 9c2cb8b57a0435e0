"""Tell people what was found: one notice per thing and channel, through the outbox, without secrets."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Event, Finding, Job
from audit.outbox import enqueue
from audit.record import DAYPASS, record
from audit.tags import Tag
from credentials.models import IssuedSession

SUBJECTS = {"session": "issued_session", "event": "event", "job": "job"}


@dataclass(frozen=True)
class Notice:
    """What people are told: a line, the facts below it, the page that shows more."""

    title: str
    lines: list[str]
    facts: dict[str, str]
    url: str

    def as_text(self) -> str:
        facts = [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in self.facts.items()]
        return "\n".join([self.title, "", *self.lines, "", *facts, "", self.url, ""])

    def as_json(self) -> dict[str, Any]:
        return {"version": 1, "title": self.title, "findings": self.lines, **self.facts, "url": self.url}


def channels() -> list[str]:
    """Return the channels that are configured."""
    wanted = {"mail": settings.DAYPASS_ALERT_EMAIL, "webhook": settings.DAYPASS_ALERT_WEBHOOK}
    return [name for name, target in wanted.items() if target]


def tell(about: str, thing: str | int, *, occasion: str = "") -> None:
    """Ask for a notice about a session, a ledger event or a parked job on every channel, once for each occasion."""
    for channel in channels():
        key = f"tell:{channel}:{about}:{thing}:{occasion}".rstrip(":")
        enqueue(f"tell_{channel}", key=key, about=about, thing=str(thing), channel=channel)


@transaction.atomic
def mark_told(*, about: str, thing: str, channel: str) -> None:
    """Note that people were told; the first channel that succeeds sets the findings' time."""
    if about != "job":
        findings_about(about, thing).filter(told_at=None).update(told_at=timezone.now())
    record(Tag.ALERT_SEND, actor=DAYPASS, subject=SUBJECTS[about], subject_id=thing, channel=channel)


def findings_about(about: str, thing: str) -> QuerySet[Finding]:
    return Finding.objects.filter(**({"session_id": thing} if about == "session" else {"event_id": int(thing)}))


def notice(about: str, thing: str) -> Notice:
    """Write the notice from what the database holds now."""
    return {"session": _of_session, "event": _of_event, "job": _of_job}[about](thing)


def _of_session(thing: str) -> Notice:
    session = IssuedSession.objects.select_related("user").get(pk=thing)
    facts = {
        "person": session.user.label,
        "role": session.role_arn,
        "state": session.state,
        "asked_at": session.created_at.isoformat(timespec="seconds"),
        "from": session.address,
        "session": str(session.pk),
        "reference": session.reference,
    }
    return _of_findings("session", thing, facts, f"/audit/sessions/{session.pk}/")


def _of_event(thing: str) -> Notice:
    event = Event.objects.get(pk=int(thing))
    facts = {
        "person": event.actor_name,
        "event": event.tag,
        "asked_at": event.occurred_at.isoformat(timespec="seconds"),
        "from": event.address,
        "reference": event.reference,
    }
    return _of_findings("event", thing, facts, f"/audit/events/?reference={event.reference}")


def _of_findings(about: str, thing: str, facts: dict[str, str], path: str) -> Notice:
    found = list(findings_about(about, thing).order_by("pk"))
    kinds = ", ".join(finding.title.lower() for finding in found)
    title = f"Daypass: {kinds} ({facts['person']})"
    lines = [finding.text for finding in found]
    return Notice(title=_one_line(title), lines=lines, facts=facts, url=settings.DAYPASS_BASE_URL + path)


def _of_job(thing: str) -> Notice:
    job = Job.objects.get(pk=int(thing))
    facts = {"job": job.key, "attempts": str(job.attempts), "error": job.error}
    lines = ["Daypass gave up on this job. Remove the cause, then choose Try again in the administration."]
    url = f"{settings.DAYPASS_BASE_URL}/admin/audit/job/{job.pk}/change/"
    return Notice(title=f"Daypass: the job {job.task} is parked", lines=lines, facts=facts, url=url)


def _one_line(text: str) -> str:
    """Return the text fit for a mail's subject, which ends at the first line break."""
    return " ".join(text.split())[:200]
