"""Who administers and who audits Daypass itself: a matter of the sign-in's principals, never of a flag."""

from typing import Final

from django.conf import settings
from django.db.models import CharField, QuerySet

from accounts.models import SignIn
from portal.compiled import Place, compiled
from roles.models import PortalRoleMapping

ADMINISTRATOR: Final = PortalRoleMapping.PortalRole.ADMINISTRATOR.value
AUDITOR: Final = PortalRoleMapping.PortalRole.AUDITOR.value
BREAK_GLASS: Final = "break-glass"  # the provider of a sign-in by the break-glass password; no other may be called so


def portal_roles_for(sign_in: SignIn | None) -> frozenset[str]:
    """Return the portal roles that a sign-in holds, in one query; without a sign-in that still lasts, none."""
    if sign_in is None or sign_in.ended_at is not None:
        return frozenset()
    mapped = {mapping.portal_role for mapping in _mappings(principals=list(sign_in.principals))}
    return frozenset(mapped | ({ADMINISTRATOR} if administrates_always(sign_in) else set()))


@compiled(principals=CharField())
def _mappings(principals: list[Place]) -> QuerySet[PortalRoleMapping]:
    return PortalRoleMapping.objects.filter(principal__in=principals).order_by()


def administrates_always(sign_in: SignIn) -> bool:
    """Tell whether the environment, not the catalog, makes this sign-in an administrator."""
    if sign_in.provider == BREAK_GLASS:
        return bool(settings.DAYPASS_BREAK_GLASS)
    return not set(settings.DAYPASS_ADMINISTRATORS).isdisjoint(sign_in.principals)
