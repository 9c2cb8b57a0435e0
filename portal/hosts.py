"""One address: people who come by another allowed host are led to DAYPASS_BASE_URL."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect


class CanonicalHostMiddleware:
    """Redirect safe requests to the canonical host, because cookies and sign-in callbacks live there.

    ``get_host()`` has refused hosts that are not allowed before the comparison. Requests that change something are
    not redirected: their CSRF check fails on the wrong host, which is right.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        canonical = urlsplit(settings.DAYPASS_BASE_URL).netloc
        try:
            host = request.get_host()
        except DisallowedHost:
            # No page of ours: whoever writes a foreign Host header is not a person who lost their way.
            return HttpResponseBadRequest("This host name is not served here.\n", content_type="text/plain")
        if host != canonical and request.method in {"GET", "HEAD"}:
            return HttpResponseRedirect(settings.DAYPASS_BASE_URL + request.get_full_path())
        return self.get_response(request)
