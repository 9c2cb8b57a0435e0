"""The whole catalog as one JSON document: out, compared, and in.

``{"format": "daypass-catalog", "version": 1, "accounts": [{..., "roles": [{..., "mappings": [...]}]}],
"portal_roles": [...]}``. Rows are known by what people know them by (account ID, ARN, principal), never by numbers of
this database, so that a document moves between installations.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BooleanField, DateTimeField, Field, IntegerField, JSONField, Model, ProtectedError

from portal import documents
from portal.texts import can_be_kept
from roles.cautions import cautions
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping

FORMAT, VERSION = "daypass-catalog", 1
ACCOUNT_FIELDS: Final = ("account_id", "name", "partition", "environment")
ROLE_FIELDS: Final = (
    "arn",
    "description",
    "enabled",
    "method",
    "max_duration",
    "default_duration",
    "region",
    "external_id",
    "send_source_identity",
    "session_tags",
    "session_policy",
    "policy_arns",
    "requires_reason",
    "step_up",
    "step_up_minutes",
)
MAPPING_FIELDS: Final = ("principal", "valid_from", "valid_until", "max_duration", "note")
PORTAL_ROLE_FIELDS: Final = ("principal", "portal_role", "note")

Row = dict[str, Any]


class CannotImport(ValueError):
    """The document is not a catalog, or a row of it is not valid; the message says which and why."""


@dataclass(frozen=True)
class Difference:
    """One row that the document makes, changes or removes, in words."""

    sign: str  # + ~ -
    what: str
    fields: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        changed = f" ({', '.join(self.fields)})" if self.fields else ""
        return "\n".join([f"{self.sign} {self.what}{changed}", *(f"  ! {caution}" for caution in self.cautions)])


def exported() -> Row:
    """Return the catalog as one document, in a stable order, in four queries."""
    mappings = _by("role_id", RoleMapping.objects.order_by("principal", "id").values("role_id", *MAPPING_FIELDS))
    roles = _by("account_id", Role.objects.order_by("arn").values("id", "account_id", *ROLE_FIELDS))
    for role in (role for of_account in roles.values() for role in of_account):
        role["mappings"] = mappings.get(role.pop("id"), [])
    accounts = [
        {name: account[name] for name in ACCOUNT_FIELDS} | {"roles": roles.get(account["id"], [])}
        for account in AwsAccount.objects.order_by("account_id").values("id", *ACCOUNT_FIELDS)
    ]
    held = list(PortalRoleMapping.objects.values(*PORTAL_ROLE_FIELDS))
    return {"format": FORMAT, "version": VERSION, "accounts": accounts, "portal_roles": held}


def _by(parent: str, rows: Iterable[Row]) -> dict[Any, list[Row]]:
    """Return the rows by what they belong to, which is then told by their place in the document."""
    grouped: dict[Any, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.pop(parent), []).append(row)
    return grouped


def as_json(document: Row) -> str:
    return json.dumps(document, default=datetime.isoformat, indent=2, ensure_ascii=False) + "\n"


def bring_in(document: Any, *, prune: bool = False, apply: bool = False) -> list[Difference]:
    """Make the catalog as the document says and return what changed; without ``apply``, undo it all again.

    Rows that the document lacks stay, unless ``prune``. Everything happens or nothing does; raises CannotImport.
    """
    _check_shape(document)
    with transaction.atomic():
        differences = list(_brought_in(document, prune=prune))
        transaction.set_rollback(not apply)
    return differences


def _check_shape(document: Any) -> None:
    if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (FORMAT, VERSION):
        raise CannotImport(f'This is not a catalog: a JSON object with "format": "{FORMAT}", "version": {VERSION}.')
    if not all(can_be_kept(part) for part, _ in documents.parts(document) if isinstance(part, str)):
        raise CannotImport("A text holds a character that cannot be kept.")


def _brought_in(document: Row, *, prune: bool) -> Iterator[Difference]:
    kept: set[tuple[type[Model], Any]] = set()
    for told in _rows(document, "accounts"):
        account = yield from _put(AwsAccount, told, ACCOUNT_FIELDS, ("account_id",), kept, nested="roles")
        for told_role in _rows(told, "roles"):
            role = yield from _put(Role, told_role, ROLE_FIELDS, ("arn",), kept, nested="mappings", account=account)
            for told_mapping in _rows(told_role, "mappings"):
                yield from _put(RoleMapping, told_mapping, MAPPING_FIELDS, ("principal",), kept, role=role)
    for told in _rows(document, "portal_roles"):
        yield from _put(PortalRoleMapping, told, PORTAL_ROLE_FIELDS, ("principal", "portal_role"), kept)
    if prune:
        yield from _pruned(kept)


def _rows(parent: Row, name: str) -> list[Row]:
    rows = parent.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CannotImport(f'"{name}" must be a list of objects.')
    return rows


def _put(
    model: type[Any],
    told: Row,
    fields: tuple[str, ...],
    key: tuple[str, ...],
    kept: set[tuple[type[Model], Any]],
    *,
    nested: str = "",
    **parents: Any,
) -> Generator[Difference, None, Any]:
    """Make or change one row; a generator that yields its difference, if any, and returns the row."""
    if unknown := told.keys() - {*fields, nested}:
        raise CannotImport(f"{_name(model)} {told.get(key[0])!r} has unknown fields: {', '.join(sorted(unknown))}.")
    values = {name: _value(_field(model, name), told[name]) for name in fields if name in told}
    row = model.objects.filter(**{name: values.get(name) for name in key}, **_scope(model, parents)).first()
    sign, row = ("~", row) if row else ("+", model(**parents))
    before = _row(row, fields)
    for name, value in {**parents, **values}.items():
        setattr(row, name, value)
    _validate(model, row, told.get(key[0]))
    changed = [name for name in fields if before[name] != getattr(row, name)]
    if sign == "+" or changed:
        row.save()
        yield Difference(sign, f"{_name(model)} {row}", changed if sign == "~" else [], cautions(row))
    kept.add((model, row.pk))
    return row


def _value(field: Field[Any, Any], value: Any) -> Any:
    """Return what the model then validates: of the field's own kind, and times with their zone."""
    if value is None and field.null:
        return value
    if not isinstance(value, _kinds(field)):
        raise CannotImport(f'"{field.name}": {value!r} is nothing that may stand here.')
    try:
        return _time(field.name, value) if isinstance(field, DateTimeField) else field.to_python(value)
    except ValidationError as error:
        raise CannotImport(f'"{field.name}": {" ".join(error.messages)}') from error


def _kinds(field: Field[Any, Any]) -> tuple[type[Any], ...]:
    """The model itself asks nothing of what is empty, be it the wrong kind of nothing."""
    if isinstance(field, JSONField):
        return (type(field.get_default()),)
    return (str, int) if isinstance(field, BooleanField | IntegerField) else (str,)


def _time(name: str, value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise CannotImport(f'"{name}": {value!r} is no time such as 2027-01-31T18:00:00+00:00.') from error
    if at.tzinfo is None:
        raise CannotImport(f'"{name}": {value!r} does not say its time zone. Add +00:00 for UTC.')
    return at


def _scope(model: type[Any], parents: Row) -> Row:
    return parents if model is RoleMapping else {}


def _validate(model: type[Any], row: Any, key: Any) -> None:
    try:
        row.full_clean(exclude={"name"} if model is Role else None)
    except ValidationError as error:
        raise CannotImport(f"{_name(model)} {key!r}: {' '.join(error.messages)}") from error


def _pruned(kept: set[tuple[type[Model], Any]]) -> Iterator[Difference]:
    for model in (PortalRoleMapping, RoleMapping, Role, AwsAccount):
        for row in model.objects.exclude(pk__in=[pk for of, pk in kept if of is model]):
            what = f"{_name(model)} {row}"
            try:
                row.delete()
            except ProtectedError as error:
                raise CannotImport(f"{what} cannot go: sessions were issued for it. Switch it off instead.") from error
            yield Difference("-", what)


def _row(row: Any, fields: tuple[str, ...]) -> Row:
    return {name: getattr(row, name) for name in fields}


def _field(model: type[Any], name: str) -> Field[Any, Any]:
    return model._meta.get_field(name)  # type: ignore[no-any-return]  # noqa: SLF001  # Django documents Model._meta


def _name(model: type[Any]) -> str:
    return str(model._meta.verbose_name)  # noqa: SLF001  # Django documents Model._meta
