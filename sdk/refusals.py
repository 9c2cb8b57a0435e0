"""The page that says why a tool was not let in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.http import reference


def page_of(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    context = {"sentence": sentence, "reference": reference()}
    return render(request, "sdk/refused.html", context, status=status)
