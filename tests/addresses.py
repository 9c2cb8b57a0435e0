"""Every address of the portal, found from its URL table: what a test of all pages walks through."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

GAP = re.compile(r"<(?P<name>\w+)>")
CONVERTED = re.compile(r"<(?:\w+:)?(?P<name>\w+)>")
GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>)?(?:[^()]|\([^()]*\))*\)\??")


@dataclass(frozen=True)
class Address:
    """One pattern: ``admin:roles_role_change`` at ``admin/roles/role/<path:object_id>/change/``."""

    name: str
    route: str

    def filled(self, value: Callable[[str], str]) -> str:
        """Return the path with ``value(parameter)`` in each gap; a gap without a name is called by its number."""
        return "/" + GAP.sub(lambda gap: value(gap["name"]), self.route)

    @property
    def parameters(self) -> list[str]:
        return [gap["name"] for gap in GAP.finditer(self.route)]


def addresses() -> list[Address]:
    """Return every pattern, those of libraries and those without a name included, in the order of the table."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, route: str, space: str) -> Iterator[Address]:
    for each in resolver.url_patterns:
        here = route + _gaps(each)
        if isinstance(each, URLPattern):
            yield Address(f"{space}{each.name or ''}", here)
        else:
            yield from _walk(each, here, f"{space}{each.namespace}:" if each.namespace else space)


def _gaps(each: URLPattern | URLResolver) -> str:
    """Return the pattern with its parameters as ``<name>``, of whichever kind it is."""
    text, numbers = str(each.pattern), iter(range(9))
    if isinstance(each.pattern, RoutePattern):
        return CONVERTED.sub(r"<\g<name>>", text)
    plain = text.removeprefix("^").removesuffix("$").removesuffix(r"\Z").replace("\\", "")
    return GROUP.sub(lambda group: f"<{group['name'] or next(numbers)}>", plain)
