"""The portal's addresses, with stand-ins for the audit pages that every page links to."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from portal.urls import handler403, handler404
from portal.urls import urlpatterns as portal_urls

__all__ = ["handler403", "handler404", "urlpatterns"]


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


pages = [path(f"{name}/", nothing, name=name) for name in ("activity", "sessions", "events")]
urlpatterns = [path("audit-stand-in/", include((pages, "audit"))), *portal_urls]
