"""Look whether the ledger's triggers still refuse; the ledger says when they no longer do, and when they do again."""

from django.db import connection, transaction

from audit import append_only
from audit.models import Duty, Event
from audit.record import DAYPASS, record
from audit.tags import Tag

DUTY = "guard the ledger"


def watch() -> None:
    """Tell of a change since the last look, once; the event of a lost guard becomes a finding and an alert."""
    settle(append_only.problems(connection))


def settle(problems: list[str]) -> None:
    """Let the ledger say what was found, unless it says so already."""
    if _is_told() == bool(problems):
        return
    with transaction.atomic():
        list(Duty.objects.select_for_update().filter(pk=DUTY))  # two that look at once: one of them tells
        if _is_told() != bool(problems):
            _tell(problems)


def _is_told() -> bool:
    """Tell whether the ledger's last word is that it is unguarded."""
    last = Event.objects.filter(tag__in=(Tag.LEDGER_UNGUARD, Tag.LEDGER_GUARD)).values_list("tag", flat=True).first()
    return last == Tag.LEDGER_UNGUARD


def _tell(problems: list[str]) -> None:
    if not problems:
        record(Tag.LEDGER_GUARD, actor=DAYPASS, subject="ledger")
        return
    text = (
        f"Events could be changed or deleted: {', '.join(problems)}. `make migrate` puts it back; find out who did it."
    )
    record(Tag.LEDGER_UNGUARD, actor=DAYPASS, subject="ledger", text=text)
