"""Attach the portal roles of this request's sign-in to its person."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from roles.portal_roles import portal_roles_for


class PortalRoleMiddleware:
    """Fills ``request.user.portal_roles`` when somebody looks: issuing never does, and then nothing is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sign_in = getattr(request, "sign_in", None)
        if sign_in is not None:
            person = cast("User", request.user)
            person.portal_roles = cast("frozenset[str]", SimpleLazyObject(lambda: portal_roles_for(sign_in)))
        return self.get_response(request)
