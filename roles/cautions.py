"""What is valid and yet most likely a mistake: whoever writes it is told, and it is saved all the same.

Which regions AWS has, only its SDK knows; who speaks to it says so at start (knows_regions).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest

from roles.explain import Standing, standing
from roles.models import Role, RoleMapping
from roles.validators import PARTITIONS

# Given a partition, the regions that AWS has there; none if they are not known.
Regions = Callable[[str], Collection[str]]
_regions: list[Regions] = []


def knows_regions(look_up: Regions) -> None:
    """Ask this function which regions there are."""
    _regions[:] = [look_up]


def cautions(row: Model) -> list[str]:
    """Return what is odd about a row of the catalog, one sentence each."""
    if isinstance(row, RoleMapping):
        return list(_of_mapping(row))
    return list(_of_role(row)) if isinstance(row, Role) else []


def tell_cautions(request: HttpRequest, rows: Iterable[Model]) -> None:
    """Tell whoever saved these rows what is odd about them."""
    for row in rows:
        for caution in cautions(row):
            messages.warning(request, f"{row}: {caution}")


def _of_mapping(mapping: RoleMapping) -> Iterator[str]:
    if mapping.valid_until and standing(mapping) is Standing.OVER:
        ended = mapping.valid_until.astimezone(UTC)
        yield f"it ended on {ended:%Y-%m-%d at %H:%M} UTC, so nobody takes the role by it."


def _of_role(role: Role) -> Iterator[str]:
    known = {region for look_up in _regions for region in look_up(role.account.partition)}
    if role.region and known and role.region not in known:
        where = PARTITIONS[role.account.partition]
        yield f"{where} has no region {role.region} that this version knows. Is it written as AWS writes it?"
