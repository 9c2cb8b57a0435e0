"""Turn a SCIM filter into a condition of the database; the library has parsed it and held it against the schema."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from accounts.scim.models import DirectoryMembership, folded
from portal.texts import can_be_kept

LONGEST, MOST_TERMS = 2000, 50
ORDER = {"eq": "", "gt": "__gt", "ge": "__gte", "lt": "__lt", "le": "__lte"}
WITHIN = {"eq": "", "co": "__contains", "sw": "__startswith", "ew": "__endswith"}

# Attribute, in small letters: the column, and how its values compare.
COMMON = {
    "id": ("pk", "id"),
    "externalid": ("external_id", "exact"),
    "meta.created": ("created_at", "time"),
    "meta.lastmodified": ("changed_at", "time"),
}
USERS = COMMON | {
    "username": ("user_name_key", "folded"),
    "displayname": ("display_name__iexact", "loose"),
    "active": ("active", "flag"),
}
GROUPS = COMMON | {
    "displayname": ("display_name_key", "folded"),
    "members": ("memberships", "member"),
    "members.value": ("memberships", "member"),
}


def condition(filter_: "ScimFilter[Any] | None", columns: dict[str, tuple[str, str]]) -> Q:
    """Return the condition; raise InvalidFilterException for what is valid SCIM and not to be asked here."""
    if filter_ is None:
        return Q()
    if len(filter_) > LONGEST:
        raise InvalidFilterException(detail=f"The filter is longer than {LONGEST} characters.")
    return _Conditions(columns).visit(filter_.ast)


class _Conditions(FilterVisitor[Q]):
    def __init__(self, columns: dict[str, tuple[str, str]]) -> None:
        self.columns, self.terms = columns, 0

    def visit(self, node: FilterNode) -> Q:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise InvalidFilterException(detail=f"The filter has more than {MOST_TERMS} terms.")
        return super().visit(node)

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        found = Q()
        for number, term in enumerate(node.terms):
            next_one = self.visit(term)
            found = next_one if not number else _joined(node.op, found, next_one)
        return found

    def visit_present(self, node: Present) -> Q:
        column, how = self._column(node.attr_path)
        if how in {"loose", "member"}:
            raise InvalidFilterException(detail=f"{node} cannot be asked here.")
        return ~Q(**{column: ""}) if how in {"exact", "folded"} else Q(**{f"{column}__isnull": False})

    def visit_comparison(self, node: Comparison) -> Q:
        column, how = self._column(node.attr_path)
        if node.op == CompareOperator.ne:
            return ~_equal(column, how, node.value)
        if node.op == CompareOperator.eq:
            return _equal(column, how, node.value)
        suffix = {"time": ORDER, "folded": WITHIN}.get(how, {}).get(node.op)
        if suffix is None:
            raise InvalidFilterException(detail=f"{node.attr_path} takes no {node.op} here.")
        return Q(**{column + suffix: _value(how, node.value)})

    def visit_value_path(self, node: ValuePath) -> Q:
        """Take emails[type eq "work" and value eq "…"], as Microsoft Entra ID asks, and members[value eq "…"]."""
        name = node.attr_path.attr.lower()
        compared = _compared(node.val_filter)
        if name == "emails" and "active" in self.columns and compared.keys() == {"type", "value"}:
            if compared["type"] == "work" and isinstance(compared["value"], str):
                return Q(email=folded(compared["value"]))
        elif name in self.columns and compared.keys() == {"value"}:
            return _equal(*self.columns[name], compared["value"])
        raise InvalidFilterException(detail=f"{node} cannot be asked here.")

    def _column(self, path: AttrPath) -> tuple[str, str]:
        name = ".".join(part.lower() for part in (path.attr, path.sub_attr) if part)
        if name not in self.columns:
            raise InvalidFilterException(detail=f"Filter by {', '.join(sorted(self.columns))}; not by {name}.")
        return self.columns[name]


def _joined(operator: LogicalOperator, left: Q, right: Q) -> Q:
    return left | right if operator == LogicalOperator.or_ else left & right


def _compared(node: FilterNode) -> dict[str, Any]:
    """Return what a filter in brackets compares, if it is equalities joined by and; else nothing."""
    terms = node.terms if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_ else (node,)
    equal = [term for term in terms if isinstance(term, Comparison) and term.op == CompareOperator.eq]
    return {term.attr_path.attr.lower(): term.value for term in equal} if len(equal) == len(terms) else {}


def _equal(column: str, how: str, value: Any) -> Q:
    if how not in {"id", "member"}:
        return Q(**{column: _value(how, value)})
    key = uuid_of(value)
    if key and how == "member":
        return Q(pk__in=DirectoryMembership.objects.filter(user=key).values("group"))
    return Q(pk=key) if key else Q(pk__in=[])


def _value(how: str, value: Any) -> Any:
    """Return the value as its column compares it; the library has checked its type, except for null."""
    if how == "flag" and isinstance(value, bool):
        return value
    if how == "time" and isinstance(value, str):
        return _time(value)
    if how in {"exact", "folded", "loose"} and isinstance(value, str) and can_be_kept(value):
        return folded(value) if how == "folded" else value
    raise InvalidFilterException(detail="A value of the filter has the wrong type.")


def _time(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the last hour of 9999, in a zone west of UTC, is in no year
        raise InvalidFilterException(detail="Write times as 2026-11-23T06:00:00Z.") from error
    raise InvalidFilterException(detail="Write times with their zone: 2026-11-23T06:00:00Z.")


def uuid_of(value: object) -> UUID | None:
    """Return the id that a text spells in our way, or None: another spelling names nothing here."""
    try:
        key = UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return key if key and str(key) == value else None
