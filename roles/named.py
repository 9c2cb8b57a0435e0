"""Which principals mappings name: what accounts keeps of a person's groups."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from accounts.groups import folded
from roles.folding import Folded
from roles.models import PortalRoleMapping, RoleMapping

AT_ONCE: Final = 400  # values in one statement, twice; SQLite was built with a limit of 999


def named_principals(wanted: Collection[str]) -> Iterator[str]:
    """Yield the principals, as mappings and DAYPASS_ADMINISTRATORS spell them, that fold to one of the wanted.

    One query for up to 400 of them, by an index: the number of mappings does not slow it. Mappings count that are not
    in force yet, and of roles that are switched off: their time may come before the next sign-in.
    """
    yield from (principal for principal in settings.DAYPASS_ADMINISTRATORS if folded(principal) in wanted)
    every = sorted(wanted)
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        yield from _mapped(RoleMapping, some).union(_mapped(PortalRoleMapping, some))


def _mapped(model: type[RoleMapping | PortalRoleMapping], some: list[str]) -> QuerySet[Any, str]:
    rows = model.objects.annotate(folded=Folded("principal")).filter(folded__in=some)
    return rows.order_by().values_list("principal", flat=True)
