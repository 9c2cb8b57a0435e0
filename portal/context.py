"""What every template may show: who is here, and what they may open."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the page frame's values; with nobody signed in, everything is closed."""
    user = getattr(request, "user", None)
    person = user if user is not None and user.is_authenticated else None
    held: frozenset[str] = getattr(person, "portal_roles", frozenset())
    return {
        "person": person,
        "sign_in": getattr(request, "sign_in", None),
        "is_administrator": "administrator" in held,
        "is_auditor": bool(held),
        "version": settings.VERSION,
    }
