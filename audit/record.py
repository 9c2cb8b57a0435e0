"""Write one line on the ledger, in the transaction of whatever it tells of."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.models import Event
from audit.outbox import enqueue
from audit.tags import Tag
from portal.compiled import insert

# JSON Web Tokens and AWS session tokens by their first letters: what a person pastes into a reason, or an error
# message carries, must not make the ledger a place to steal from.
# The last form is a secret access key: forty characters with all three kinds, and not part of an ARN.
SECRETS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?:FwoG|IQoJ)[\w+/=]{20,}"
    r"|(?<![\w/+:])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*\d)[A-Za-z0-9/+]{40}(?![\w/+])"
)


# A refusal may be the last of a streak, so each is looked at; of the others people are told as they are. The job
# commits with the event, whoever calls.
WORK = {
    Tag.SESSION_FAIL: "review_refusal",
    Tag.SESSION_REFUSE: "review_refusal",
    Tag.PROVIDER_WARN: "flag_event",
    Tag.IDENTITY_REUSE: "flag_event",
    Tag.LEDGER_UNGUARD: "flag_event",
}


@dataclass(frozen=True)
class Origin:
    """Where a request came from: the client's address, its own description, and the door it used (web, sdk)."""

    address: str = ""
    user_agent: str = ""
    door: str = "web"


@dataclass(frozen=True)
class Actor:
    """Who acts: a person's id and name, the sign-in they act under, and where from."""

    user_id: str
    name: str
    sign_in_id: UUID | None = None
    origin: Origin = Origin()


DAYPASS = Actor(user_id="", name="Daypass", origin=Origin(door="celery"))


def record(
    tag: Tag, *, actor: Actor, subject: str = "", subject_id: object = "", reference: str = "", **details: Any
) -> Event:
    """Append one event and return it. ``details`` are JSON values; anything that looks like a secret is masked.

    Runs in the caller's transaction: an event about a change commits with it. An event about a refusal must
    therefore be recorded outside the block that the refusal rolls back.
    """
    event = Event(
        tag=tag,
        actor_id=actor.user_id,
        actor_name=actor.name[:254],
        sign_in_id=actor.sign_in_id,
        subject=subject,
        subject_id=str(subject_id),
        address=actor.origin.address,
        client=f"{actor.origin.door} {actor.origin.user_agent}".strip()[:220],
        reference=reference,
        details=cleanse(details),
    )
    if tag in WORK:
        _insert_with_work(event, WORK[tag])
    else:
        insert(event)
    return event


@transaction.atomic
def _insert_with_work(event: Event, task: str) -> None:
    insert(event)
    enqueue(task, key=f"{task}:{event.pk}", event_id=event.pk)


def cleanse(value: Any) -> Any:
    """Return the value with everything masked that has the shape of a token or a secret key."""
    if isinstance(value, str):
        return SECRETS.sub("[masked]", value)
    if isinstance(value, dict):
        return {str(key): cleanse(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [cleanse(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
