"""Nobody saws off the branch they sit on: an administrator cannot remove what makes them one."""

from collections.abc import Collection
from typing import Final

from accounts.models import SignIn
from roles.models import PortalRoleMapping
from roles.portal_roles import ADMINISTRATOR, administrates_always

LAST_ADMINISTRATOR: Final = (
    "This is what makes you an administrator; without it you could not undo the change. "
    "Ask another administrator, or give yourself the portal role by another principal first."
)


def keeps_administrator(sign_in: SignIn | None, *, without: Collection[PortalRoleMapping]) -> bool:
    """Tell whether the sign-in would still administer if these mappings were gone, or never did by them."""
    if sign_in is None:
        return False
    if administrates_always(sign_in):
        return True
    mine = set(
        PortalRoleMapping.objects.filter(principal__in=sign_in.principals, portal_role=ADMINISTRATOR).values_list(
            "pk", flat=True
        )
    )
    return not mine or bool(mine - {mapping.pk for mapping in without})
