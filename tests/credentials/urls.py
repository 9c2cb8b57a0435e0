"""The portal's addresses, with stand-ins for pages that other rooms still owe."""

from django.http import HttpResponse
from django.urls import include, path

from portal.urls import urlpatterns as portal_patterns


def page(*_: object, **__: object) -> HttpResponse:
    return HttpResponse()


owed = [path("activity/", page, name="activity"), path("audit/sessions/", page, name="sessions")]
urlpatterns = [path("", include((owed, "audit"))), *portal_patterns]
handler404 = "portal.errors.page_not_found"
