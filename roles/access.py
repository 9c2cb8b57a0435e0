"""The one place that answers "may they?": a sign-in, a role, and the mapping between them.

Deny is the default: no mapping in force, a role that is switched off, or a role that does not exist all refuse
alike, so that a stranger cannot learn which roles there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, DateTimeField, Q, QuerySet
from django.utils import timezone

from accounts.models import SignIn
from portal.compiled import Place, compiled
from roles.durations import in_words
from roles.models import Role, RoleMapping


class Refused(Exception):
    """This sign-in may not take this role. Views answer 404: strangers are not told what exists."""


@dataclass(frozen=True)
class Grant:
    """The decision "this sign-in may take this role, up to this long (seconds), because of this mapping"."""

    role: Role
    mapping: RoleMapping
    max_duration: int

    @property
    def principal(self) -> str:
        return self.mapping.principal

    @property
    def longest(self) -> str:
        return in_words(self.max_duration)


def grant_for(*, sign_in: SignIn, account_id: str, role_name: str) -> Grant:
    """Return the grant, in one query; raise Refused when there is none.

    Where several mappings fit, the one that allows the longest session decides, the oldest among equals.
    """
    mappings = _fitting(principals=list(sign_in.principals), now=timezone.now(), account=account_id, role=role_name)
    if not mappings:
        raise Refused(f"no mapping lets {sign_in} take {role_name} in {account_id}")
    return best_grant(mappings)


def best_grant(mappings: Iterable[RoleMapping]) -> Grant:
    """Return what the most generous of one role's mappings gives; the one rule for pages and for issuing alike."""
    return max(map(_grant, mappings), key=lambda grant: (grant.max_duration, -grant.mapping.pk))


def mappings_in_force(sign_in: SignIn) -> QuerySet[RoleMapping]:
    """Return the mappings that a sign-in's principals hold right now, of roles that are switched on."""
    return _in_force(sign_in.principals, timezone.now())


def _in_force(principals: Sequence[str | Place], now: datetime | Place) -> QuerySet[RoleMapping]:
    return RoleMapping.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=now),
        Q(valid_until=None) | Q(valid_until__gt=now),
        principal__in=principals,
        role__enabled=True,
    )


@compiled(principals=CharField(), now=DateTimeField(), account=CharField(), role=CharField())
def _fitting(principals: list[Place], now: Place, account: Place, role: Place) -> QuerySet[RoleMapping]:
    fitting = _in_force(principals, now).filter(role__account__account_id=account, role__name=role)
    return fitting.select_related("role__account").order_by()  # best_grant puts them in order


def _grant(mapping: RoleMapping) -> Grant:
    longest = min(mapping.max_duration or mapping.role.max_duration, mapping.role.max_duration)
    return Grant(role=mapping.role, mapping=mapping, max_duration=longest)
