"""One push: everything that it writes, what it means for live sign-ins, and the ledger's line about it, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.scim.call import Call
from accounts.scim.models import Directory, Pushed
from accounts.scim.settle import Effect, settle
from accounts.scim.standing import hold
from audit.record import record
from audit.tags import Tag


@dataclass
class Push:
    """``keys`` are those of the people concerned; ``stories`` are what the ledger is told, none if nothing mattered."""

    call: Call
    keys: set[str] = field(default_factory=set)
    stories: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, change: str, row: Pushed, **details: Any) -> None:
        self.stories.append({"subject": row.KIND, "subject_id": row.pk, "change": change, "what": str(row), **details})

    def finish(self, what: str) -> None:
        effect = settle(self.call.provider, self.keys, actor=self.call.actor) if self.keys else Effect()
        told: dict[str, Any] = {
            "provider": self.call.slug,
            "sign_ins_ended": effect.ended,
            "sign_ins_changed": effect.changed,
        }
        for story in self.stories:
            record(Tag.DIRECTORY_CHANGE, actor=self.call.actor, **story, **told)
        Directory.objects.filter(pk=self.call.slug).update(last_push_at=timezone.now(), last_push=what)


@contextmanager
def pushing(call: Call, what: str) -> Iterator[Push]:
    """Lock the directory, let the caller write, then settle it with the live sign-ins: one transaction, or none."""
    with transaction.atomic():
        hold(call.slug)
        push = Push(call)
        yield push
        push.finish(what)
