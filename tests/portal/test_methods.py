"""Every view of ours names the methods that it answers: what changes something is never done by following a link."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponseNotAllowed
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver

View = Callable[..., Any]
# The administration's views are held by tests/portal/test_admin.py; SAML and SCIM refuse in their protocols' words, and
# test that themselves.
ELSEWHERE = ("admin", "admin_pages", "administration", "saml", "scim")
OURS = ("accounts", "audit", "credentials", "portal", "roles", "sdk")


def views(resolver: URLResolver, gaps: frozenset[str] = frozenset()) -> Iterator[tuple[View, frozenset[str]]]:
    """Return every view of ours with the names of the gaps in its address."""
    for each in resolver.url_patterns:
        here = gaps | each.pattern.regex.groupindex.keys()
        if isinstance(each, URLResolver):
            yield from views(each, here)
        elif is_held_here(each.callback.__module__.split(".")):
            yield each.callback, here


def is_held_here(module: list[str]) -> bool:
    return module[0] in OURS and not {*module} & {*ELSEWHERE}


FOUND = {f"{view.__module__}.{view.__qualname__}": (view, gaps) for view, gaps in views(get_resolver())}


@pytest.mark.parametrize("name", sorted(FOUND))
def test_a_method_that_nobody_named_is_refused_before_anything_is_looked_at(name: str) -> None:
    view, gaps = FOUND[name]
    answer = view(RequestFactory().generic("BREW", "/"), **dict.fromkeys(gaps, "x"))
    assert isinstance(answer, HttpResponseNotAllowed)
