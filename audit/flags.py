"""Tell people of an event that needs nobody's judgement to be worth telling: its own text says what is the matter."""

from audit.findings import find
from audit.models import Event, Finding
from audit.tags import Tag

KINDS = {
    Tag.PROVIDER_WARN: Finding.Kind.PROVIDER,
    Tag.IDENTITY_REUSE: Finding.Kind.REUSED,
    Tag.LEDGER_UNGUARD: Finding.Kind.UNGUARDED,
}


def flag_event(*, event_id: int) -> None:
    """Make the event a finding, and with it a mail and a webhook's message; once, however often it runs."""
    event = Event.objects.get(pk=event_id)
    find({KINDS[Tag(event.tag)]: str(event.details["text"])}, event=event)
