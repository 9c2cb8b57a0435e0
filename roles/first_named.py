"""A sign-in keeps those groups alone that a mapping named when they were read: say so where that shows.

A mapping that names a group for the first time therefore counts, for people who are signed in, from the next time
that their provider is asked (accounts.groups).
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest

from accounts.models import SignIn
from roles.models import PortalRoleMapping, RoleMapping

Mapping = RoleMapping | PortalRoleMapping
TABLES: tuple[type[Mapping], ...] = (RoleMapping, PortalRoleMapping)


def tell_first_named(request: HttpRequest, mappings: Iterable[Mapping]) -> None:
    """Tell whoever mapped a group for the first time from when on that counts."""
    groups = {mapping.principal for mapping in mappings if _is_first(mapping)}
    minutes = settings.DAYPASS_IDENTITY_FRESHNESS // 60
    for group in sorted(groups):
        messages.info(
            request,
            f"No mapping named {group} before. People who are signed in get it within {minutes} minutes, when their "
            "provider is asked again, or at once when they sign in again.",
        )


def _is_first(mapping: Mapping) -> bool:
    if not mapping.principal.startswith("group:") or mapping.principal in settings.DAYPASS_ADMINISTRATORS:
        return False
    rows = [table.objects.filter(principal=mapping.principal).values_list("pk", flat=True)[:2] for table in TABLES]
    return sum(len(found) for found in rows) == 1


def unknown_to(sign_in: SignIn, principal: str) -> bool:
    """Tell whether a group was named first after the sign-in's groups were read, so that it cannot know it yet."""
    if not principal.startswith(f"group:{sign_in.provider}:") or principal in settings.DAYPASS_ADMINISTRATORS:
        return False
    named = _named_since(principal)
    return named is not None and named > read_at(sign_in)


def read_at(sign_in: SignIn) -> datetime:
    """Return when the sign-in's groups were read."""
    return sign_in.refreshed_at or sign_in.started_at


def _named_since(principal: str) -> datetime | None:
    """Return since when a mapping that there still is names the principal."""
    moments = []
    for table in TABLES:
        present = table.objects.filter(principal=principal).values("pk")
        first = table.history.filter(principal=principal, id__in=present).order_by("history_date").first()
        moments += [first.history_date] if first else []
    return min(moments, default=None)
