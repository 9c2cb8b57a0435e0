"""The bearer token's header, ``x-amz-sso_bearer_token``, which most Python servers drop for its underscores.

Every server here hands it on under one name of ours. A header of that name from outside, and the dashed twin that
WSGI cannot tell from the true one, are dropped on the way in, so that nobody can put a token beside another.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest

TRUE, TWIN = "x-amz-sso_bearer_token", "x-amz-sso-bearer-token"
ENVIRON = "HTTP_X_AMZ_SSO_BEARER_TOKEN"  # what a WSGI server makes of the true name, and of its twin
LONGEST = 4096
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def bearer_token(request: HttpRequest) -> str:
    """Return the token as it came, "" when there is none."""
    value = request.META.get(ENVIRON, "")
    return value if isinstance(value, str) and len(value) <= LONGEST else ""


def asgi(application: Application) -> Application:
    """Wrap an ASGI application: Django's handler drops names with underscores, so the true one is renamed first."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": list(_renamed(scope["headers"]))}
        await application(scope, receive, send)

    return wrapped


def _renamed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != TWIN.encode()]
    return [(TWIN.encode() if name.lower() == TRUE.encode() else name, value) for name, value in kept]
