"""What principals would give, without a sign-in that holds them: for looking ahead, decides nothing."""

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from roles.access import Grant, best_grant
from roles.models import PortalRoleMapping, RoleMapping
from roles.portal_roles import ADMINISTRATOR

MOST = 200


@dataclass(frozen=True)
class Matched:
    """The grants of roles, at most 200, and of portal roles each with the principal that gives it."""

    grants: list[Grant]
    grants_total: int
    portal_roles: list[tuple[str, str]]


def matched(principals: Collection[str]) -> Matched:
    """Return the roles and portal roles that mappings in force give to these principals, in two queries."""
    now = timezone.now()
    in_time = Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_until=None) | Q(valid_until__gt=now)
    fitting = RoleMapping.objects.filter(*in_time, principal__in=list(principals), role__enabled=True)
    by_role: dict[int, list[RoleMapping]] = {}
    for mapping in fitting.select_related("role__account").order_by("role__account__name", "role__name", "pk"):
        by_role.setdefault(mapping.role_id, []).append(mapping)
    grants = [best_grant(mappings) for mappings in by_role.values()]
    return Matched(grants[:MOST], len(grants), _portal_roles(principals))


def _portal_roles(principals: Collection[str]) -> list[tuple[str, str]]:
    mapped = PortalRoleMapping.objects.filter(principal__in=list(principals))
    by_catalog = [(mapping.get_portal_role_display(), mapping.principal) for mapping in mapped]
    by_environment = [(ADMINISTRATOR.title(), name) for name in settings.DAYPASS_ADMINISTRATORS if name in principals]
    return sorted({*by_catalog, *by_environment})
