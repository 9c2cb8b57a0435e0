"""Error pages that say what to do next and carry the reference of their log line."""

import logging
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from portal.http import path_in_a_line, reference
from portal.outage import RETRY_AFTER, in_a_line, is_outage, logged, reference_of

logger = logging.getLogger(__name__)
Answer = Callable[[str], HttpResponse]
View = TypeVar("View", bound=Callable[..., Any])


def _page(request: HttpRequest, template: str, status: int, *, mark: str = "", **told: object) -> HttpResponse:
    mark = mark or reference()
    logger.info("%s %s answered %d, reference %s", request.method, path_in_a_line(request), status, mark)
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


def in_words_of_its_own(answer: Answer) -> Callable[[View], View]:
    """Let a view whose callers read no pages say that the database is down; ``answer`` is given the reference."""

    def decorate(view: View) -> View:
        view.when_down = answer  # type: ignore[attr-defined]  # a mark that _unavailable reads
        return view

    return decorate


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what no view or middleware caught: 503 and one log line while the database is down, else our fault."""
    error = sys.exc_info()[1]
    mark = reference_of(error)
    if error is not None and is_outage(error):
        return _unavailable(request, error, mark)
    logger.error("%s %s answered 500, reference %s", request.method, path_in_a_line(request), mark)
    return HttpResponse(render_to_string("500.html", {"reference": mark}), status=500)


def _unavailable(request: HttpRequest, error: BaseException, mark: str) -> HttpResponse:
    where = (request.method, path_in_a_line(request))
    logger.error("%s %s answered 503 (%s), reference %s", *where, in_a_line(error), mark)
    response = _answer(request)(mark)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return logged(response)


def _answer(request: HttpRequest) -> Answer:
    """Return how this address says it. The error may have come before Django looked the view up."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return _unavailable_page
    answer: Answer = getattr(view, "when_down", _unavailable_page)
    return answer


def _unavailable_page(mark: str) -> HttpResponse:
    return HttpResponse(render_to_string("503.html", {"reference": mark}), status=503)
