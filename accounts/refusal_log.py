"""Put refusals on the ledger so that nobody can flood it, nor the outbox: the first of a kind in full, then a count.

Whoever is refused can ask again as often as they like: a stranger, a person, a tool that tries in a loop. So each
person's refusals of a kind are counted, and of strangers each network's, and those of all networks together. When a
window of them is over, one more event says how many it does not hold.
"""

import time
from typing import Any

from django.db import transaction

from accounts.limits import REFUSAL, STRANGERS, Count, Limit, counted, network_of, tries_of
from audit.models import Event
from audit.outbox import enqueue
from audit.record import Actor, Origin, record
from audit.tags import Tag
from portal.times import moment

COUNTED_TO = 1_000_000


def record_refusal(tag: Tag, *, actor: Actor, reference: str = "", **told: Any) -> str:
    """Write the refusal down, or count it; return the reference to show, which stands on the ledger in either case.

    Call it outside the block that the refusal rolls back.
    """
    window = int(time.time()) // REFUSAL.seconds
    limit, count = REFUSAL, _counted(REFUSAL, tag, actor, window)
    if count.tries <= REFUSAL.most and not actor.user_id:
        limit, count = STRANGERS, _counted(STRANGERS, tag, actor, window)
    if count.tries <= limit.most:
        record(tag, actor=actor, reference=reference, **told)
        return reference
    if count.tries == limit.most + 1:
        _begin_to_count(tag, actor, limit, count, window)
    return count.reference


def count_refusals(*, event_id: int) -> None:
    """Say how many refusals a window did not hold; the event is the one that began to count.

    After a day's standstill the counter is gone, and all that is known is that there was one.
    """
    begun = Event.objects.get(pk=event_id)
    door, _, user_agent = begun.client.partition(" ")
    origin = Origin(begun.address, user_agent, door)
    tag = Tag(begun.details["refused"])
    limit = STRANGERS if begun.subject_id == STRANGERS.what else REFUSAL
    tries = tries_of(limit, _who(limit, tag, begun.actor_id, begun.address, begun.details["window"]))
    record(
        Tag.REFUSAL_COUNT,
        actor=Actor(begun.actor_id, begun.actor_name, begun.sign_in_id, origin),
        subject="limit",
        subject_id=limit.what,
        reference=begun.reference,
        refused=str(tag),
        count=max(1, tries - limit.most),
    )


def _counted(limit: Limit, tag: Tag, actor: Actor, window: int) -> Count:
    return counted(limit, _who(limit, tag, actor.user_id, actor.origin.address, window), to=COUNTED_TO)


@transaction.atomic
def _begin_to_count(tag: Tag, actor: Actor, limit: Limit, count: Count, window: int) -> None:
    begun = record(
        Tag.LIMIT_EXCEED,
        actor=actor,
        subject="limit",
        subject_id=limit.what,
        reference=count.reference,
        by="person" if actor.user_id else "stranger" if limit is STRANGERS else "address",
        most=limit.most,
        seconds=limit.seconds,
        refused=str(tag),
        window=window,
    )
    over = moment(count.ends_at)  # no earlier than the window's own end
    enqueue("count_refusals", key=f"count_refusals:{begun.pk}", due_at=over, event_id=begun.pk)


def _who(limit: Limit, tag: Tag, user_id: str, address: str, window: int) -> str:
    """Name a counter. Each window has its own, so that none begins anew before it was told."""
    if limit is STRANGERS:
        return f"{tag}:strangers:{window}"
    return f"{tag}:{f'person:{user_id}' if user_id else f'address:{network_of(address)}'}:{window}"
