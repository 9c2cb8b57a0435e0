"""Every 503 and 429 says when to come back (RFC 9110, section 10.2.3), whoever wrote it and for whichever door."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.outage import RETRY_AFTER

STATUSES = {429, 503}


class RetryAfterMiddleware:
    """Stand outermost, so that no answer leaves without; whoever knows the time better has said it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in STATUSES:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER))
        return response
