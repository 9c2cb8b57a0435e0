"""The page that says why a tool was not let in."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.http import path_in_a_line, reference

logger = logging.getLogger(__name__)


def page_of(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Show the sentence with a reference that stands in the log: a request that makes no sense is no event."""
    context = {"sentence": sentence, "reference": reference()}
    logger.info("%s: %s Reference %s", path_in_a_line(request), sentence, context["reference"])
    return render(request, "sdk/refused.html", context, status=status)
