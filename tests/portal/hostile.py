"""What a stranger may write where the portal expects a name, a number or a time, and what an address asks for.

The names of parameters and fields come from watching what a view looks up, and from the forms and links of its page.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from uuid import UUID

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

VALUES = {
    "nothing": "",
    "less than a column": str(-(2**63) - 1),
    "5,000 digits": "1" * 5_000,
    "a digit that is no number": "²",
    "after the end of time": "9999-12-31T23:59:59-23:59",
    "much": "x" * 10_000,
    "a pile of brackets": "[" * 9_000,
}
# Fields left empty are posted from every page (tests/pages); forms answer with whole pages, so fewer are asked.
IN_FORMS = {what: VALUES[what] for what in ("less than a column", "5,000 digits", "after the end of time", "much")}
IN_PATHS = {**VALUES, "more than a column": str(2**63), "nobody": str(UUID(int=0)), "a line break": "a\r\nb"}
UNKEPT = {"NUL": "%00", "no UTF-8": "%ff", "half of a pair": "%ed%a0%80"}
JSON = {"an array": b"[]", "a pile": b'{"a":' * 9_000, "a number": b"1" * 5_000, "no JSON": b"\xff"}
METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW")
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
FILE = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\nx\r\n--x--\r\n'
NAME, HREF = re.compile(r'name="([^"]+)"'), re.compile(r'href="\?([^"]*)"')


def form(pairs: list[tuple[str, str]]) -> bytes:
    return urlencode(pairs, errors="surrogatepass").encode()


def in_path(value: str) -> str:
    return quote(value, safe="")


@contextmanager
def watched() -> Iterator[set[str]]:
    """Collect the names that queries and forms are asked for."""
    asked: set[str] = set()

    def noting(method: Any) -> Any:
        def note(fields: Any, name: str, *rest: Any) -> Any:
            if isinstance(fields, QueryDict):
                asked.add(name)
            return method(fields, name, *rest)

        return note

    with pytest.MonkeyPatch.context() as patch:
        for name in ("__getitem__", "getlist", "__contains__"):
            patch.setattr(MultiValueDict, name, noting(getattr(MultiValueDict, name)), raising=False)
        yield asked


def named_on(page: str) -> set[str]:
    """Return the names that a page's own forms and links would send to it."""
    linked = {name for query in HREF.findall(page) for name, _ in parse_qsl(unescape(query), keep_blank_values=True)}
    return linked | {unescape(name) for name in NAME.findall(page)}
