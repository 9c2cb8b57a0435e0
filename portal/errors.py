"""Error pages that say what to do next and carry the reference of their log line."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.http import reference

logger = logging.getLogger(__name__)


def _page(request: HttpRequest, template: str, status: int, *, mark: str = "", **told: object) -> HttpResponse:
    mark = mark or reference()
    path = request.path.encode("unicode_escape").decode()  # a line break in it must not begin a log line
    logger.info("%s %s answered %d, reference %s", request.method, path, status, mark)
    response = render(request, template, {"reference": mark, **told}, status=status)
    response["Cache-Control"] = "no-store"  # the page's frame names who is signed in
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, "403_csrf.html", 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def too_many_requests(request: HttpRequest, *, retry_after: int = 60, mark: str = "") -> HttpResponse:
    """Say in how many seconds to come back (RFC 6585, section 4); ``mark`` is the ledger's reference, if it has one."""
    minutes = -(-retry_after // 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    response = _page(request, "429.html", 429, mark=mark, wait=wait)
    response["Retry-After"] = str(retry_after)
    return response
