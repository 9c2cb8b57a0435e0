"""One address: people who come by another allowed host are led to DAYPASS_BASE_URL."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect

from portal.names import origin_of


class CanonicalHostMiddleware:
    """Redirect safe requests to the canonical host, because cookies and sign-in callbacks live there.

    ``get_host()`` has refused hosts that are not allowed before the comparison. Requests that change something are
    not redirected: their CSRF check fails on the wrong host, which is right.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            host = request.get_host()
        except DisallowedHost:
            # No page of ours: whoever writes a foreign Host header is not a person who lost their way.
            return HttpResponseBadRequest("This host name is not served here.\n", content_type="text/plain")
        if is_canonical(host):
            # Some proxies add the port. From here on there is one spelling to compare with.
            request.META["HTTP_HOST"] = urlsplit(settings.DAYPASS_BASE_URL).netloc
        elif request.method in {"GET", "HEAD"}:
            return HttpResponseRedirect(settings.DAYPASS_BASE_URL + request.get_full_path())
        return self.get_response(request)


def is_canonical(host: str) -> bool:
    """Tell whether a Host header names DAYPASS_BASE_URL, the scheme's own port written or not."""
    base: str = settings.DAYPASS_BASE_URL
    try:
        return origin_of(f"{urlsplit(base).scheme}://{host}") == base
    except ValueError:
        return False
