"""Every change of the catalog is a ledger event in the transaction of the change, whatever door it came through."""

from dataclasses import replace
from typing import Any, Final

from django.db import models
from django.dispatch import receiver
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from accounts.sessions import actor_of
from audit.record import DAYPASS, Actor, Origin, record
from audit.tags import Tag
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping

SUBJECTS: Final[dict[type[models.Model], str]] = {
    AwsAccount: "aws_account",
    Role: "role",
    RoleMapping: "mapping",
    PortalRoleMapping: "portal_role",
}
TAGS: Final = {"+": Tag.CATALOG_CREATE, "~": Tag.CATALOG_CHANGE, "-": Tag.CATALOG_DELETE}
SYSTEM: Final = replace(DAYPASS, origin=Origin(door="system"))


@receiver(post_create_historical_record, dispatch_uid="roles.ledger")
def tell_the_ledger(*, instance: models.Model, history_instance: Any, **_: Any) -> None:
    """Record what changed, field by field, old and new. A save that changes nothing is not told."""
    subject = SUBJECTS.get(type(instance))
    if subject is None:
        return
    tag = TAGS[history_instance.history_type]
    fields = _changes(history_instance) if tag == Tag.CATALOG_CHANGE else _values(history_instance)
    if fields:
        record(tag, actor=_actor(), subject=subject, subject_id=instance.pk, what=str(instance), fields=fields)


def _changes(new: Any) -> dict[str, dict[str, Any]]:
    old = new.prev_record
    before, after = _values(old) if old else {}, _values(new)
    return {
        name: {"old": before.get(name), "new": after.get(name)}
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def _values(history_instance: Any) -> dict[str, Any]:
    """Return the fields that hold something, by name."""
    fields = history_instance.tracked_fields
    values = {field.name: getattr(history_instance, field.attname) for field in fields}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _actor() -> Actor:
    """Return who sent the request that is being answered; outside of one it is Daypass itself (a command, a shell)."""
    request = getattr(HistoricalRecords.context, "request", None)
    return actor_of(request) if request is not None else SYSTEM
