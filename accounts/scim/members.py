"""Who comes into a group and who goes, in requests of any size, without reading those who stay."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from scim2_models import InvalidFilterException, InvalidPathException, InvalidValueException
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, Path

from accounts.scim.filters import uuid_of
from accounts.scim.models import DirectoryGroup, DirectoryMembership, DirectoryUser
from accounts.scim.patching import got, has_no_path, operations, tamed, with_operations
from accounts.scim.schema import Group
from accounts.scim.standing import AT_ONCE, in_chunks


@dataclass
class Change:
    """What several operations come to; ids as texts. ``emptied``: whoever is not in ``added`` goes."""

    emptied: bool = False
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def add(self, ids: set[str]) -> None:
        self.added |= ids
        self.removed -= ids

    def remove(self, ids: set[str]) -> None:
        self.removed |= ids
        self.added -= ids

    def put(self, ids: set[str]) -> None:
        self.emptied, self.added, self.removed = True, ids, set()


@dataclass(frozen=True)
class Moved:
    """Who came and who went; ``unknown`` counts ids that are no user of this directory, which are left out."""

    came: frozenset[UUID]
    went: frozenset[UUID]
    unknown: int


def split(body: dict[str, Any]) -> tuple[dict[str, Any] | None, Change]:
    """Take what concerns members out of a PATCH; return the rest, None if nothing is left, and the change."""
    change, rest = Change(), []
    for operation in operations(tamed(body)):
        path = got(operation, "path")
        if has_no_path(operation):
            value = got(operation, "value")
            if any(name.lower() == "members" for name in value):
                _fold(change, operation, None, got(value, "members"))
            others = {name: item for name, item in value.items() if name.lower() != "members"}
            rest += [{"op": got(operation, "op"), "value": others}] if others else []
        elif isinstance(path, str) and _names_members(path):
            _fold(change, operation, _ids_of_filter(path), got(operation, "value"))
        else:
            rest.append(operation)
    return (with_operations(rest) if rest else None), change


def move(group: DirectoryGroup, change: Change) -> Moved:
    """Write the change; a few statements for every 500 ids."""
    wanted = {key for key in map(uuid_of, change.added) if key}
    known = _known(group, wanted)
    if change.emptied:
        present = set(group.memberships.values_list("user_id", flat=True))
        went = present - known
    else:
        leaving = {key for key in map(uuid_of, change.removed) if key}
        present = _present(group, known | leaving)
        went = leaving & present
    came = known - present
    for chunk in in_chunks(went):
        group.memberships.filter(user__in=chunk).delete()
    rows = [DirectoryMembership(group=group, user_id=key) for key in came]
    DirectoryMembership.objects.bulk_create(rows, batch_size=AT_ONCE)
    return Moved(frozenset(came), frozenset(went), len(change.added) - len(known))


def _known(group: DirectoryGroup, keys: Collection[UUID]) -> set[UUID]:
    users = DirectoryUser.objects.filter(provider=group.provider, deleted_at=None)
    return {key for chunk in in_chunks(keys) for key in users.filter(pk__in=chunk).values_list("pk", flat=True)}


def _present(group: DirectoryGroup, keys: Collection[UUID]) -> set[UUID]:
    rows = group.memberships
    return {key for chunk in in_chunks(keys) for key in rows.filter(user__in=chunk).values_list("user_id", flat=True)}


def _fold(change: Change, operation: Any, filtered: set[str] | None, value: Any) -> None:
    """Add one operation to the change."""
    verb = str(got(operation, "op")).lower()
    if filtered is not None and (verb != "remove" or value is not None):
        raise InvalidPathException(detail="A member is added or removed whole: use add with a list of members.")
    if verb == "add" and value is not None:
        change.add(ids_of(value))
    elif verb == "replace":
        change.put(ids_of(value or []))
    elif verb == "remove" and filtered is None and value is None:
        change.put(set())
    elif verb == "remove":
        change.remove(ids_of(value) if filtered is None else filtered)
    else:
        raise InvalidValueException(detail="An operation is add or replace with a value, or remove.")


def ids_of(value: Any) -> set[str]:
    """Return the ids of a list of members, or of one."""
    listed = value if isinstance(value, list) else [value]
    ids = [item if isinstance(item, str) else got(item, "value") for item in listed]
    if not all(isinstance(key, str) and key for key in ids):
        raise InvalidValueException(detail='Write members as {"value": "the id of a user"}.')
    return set(ids)


def _names_members(path: str) -> bool:
    """Tell whether a path leads to the members or into one of them."""
    bound: Any = Path[Group](path)
    binding = bound.resolve()
    if binding is None or binding.field_name != "members":
        return False
    if binding.sub_field_name is not None:
        raise InvalidPathException(detail="A member is added or removed whole.")
    return True


def _ids_of_filter(path: str) -> set[str] | None:
    """Return the ids that members[value eq "…" or value eq "…"] names; None when there is no filter."""
    bound: Any = Path[Group](path)
    found: FilterNode | None = bound.value_filter
    if found is None:
        return None
    either = isinstance(found, LogicalExpr) and found.op == LogicalOperator.or_
    return set(map(_id_of_term, found.terms if either and isinstance(found, LogicalExpr) else (found,)))


def _id_of_term(term: FilterNode) -> str:
    named = isinstance(term, Comparison) and term.op == CompareOperator.eq and term.attr_path.attr.lower() == "value"
    if not named or not isinstance(term, Comparison) or not isinstance(term.value, str):
        raise InvalidFilterException(detail='Choose members by value eq "the id of a user".')
    return term.value


def listed(groups: Iterable[DirectoryGroup]) -> dict[UUID, list[UUID]]:
    """Return the ids of the members of these groups, sorted, in one query."""
    found: dict[UUID, list[UUID]] = {group.pk: [] for group in groups}
    rows = DirectoryMembership.objects.filter(group__in=list(found)).order_by("user_id")
    for group, user in rows.values_list("group_id", "user_id"):
        found[group].append(user)
    return found
