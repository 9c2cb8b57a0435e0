"""Notice a person who is refused again and again: somebody trying doors, or a role that is broken."""

from datetime import timedelta
from itertools import takewhile

from audit.findings import find
from audit.models import Event, Finding
from audit.tags import Tag
from credentials.models import IssuedSession

LENGTH = 5
WITHIN = timedelta(minutes=30)
REFUSALS = (Tag.SESSION_FAIL, Tag.SESSION_REFUSE)


def review_refusal(*, event_id: int) -> None:
    """Flag the refusal that makes a streak; those that prolong it say nothing new."""
    event = Event.objects.get(pk=event_id)
    streak = _refused_in_a_row(event)
    if not _is_streak(streak) or _is_streak(streak[1:]):
        return
    text = f"{event.actor_name} was refused {LENGTH} times in a row within 30 minutes."
    session = _session(event)
    find({Finding.Kind.REFUSED_STREAK: text}, session=session, event=None if session else event)


def _refused_in_a_row(event: Event) -> list[Event]:
    """Return the refusals up to this one with no issue between, latest first, one more than a streak needs."""
    if not event.actor_id:
        return []
    until = Event.objects.filter(actor_id=event.actor_id, pk__lte=event.pk, tag__in=[*REFUSALS, Tag.SESSION_ISSUE])
    return list(takewhile(lambda each: each.tag in REFUSALS, until.order_by("-pk")[: LENGTH + 1]))


def _is_streak(refusals: list[Event]) -> bool:
    if len(refusals) < LENGTH:
        return False
    return refusals[0].occurred_at - refusals[LENGTH - 1].occurred_at <= WITHIN


def _session(event: Event) -> IssuedSession | None:
    if event.subject != "issued_session":
        return None
    return IssuedSession.objects.select_related("user").filter(pk=event.subject_id).first()
