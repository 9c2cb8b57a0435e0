"""Whatever is written into a path, a query, a form or a body: no address fails over it, on either database.

The addresses come from the URL table, the names from asking. Erin may look at all of them; strangers get those that
are open. What the edge refuses for every address alike stands in test_edge.py.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.test import Client

from tests.addresses import Address
from tests.forms import Form, forms_of
from tests.portal import hostile
from tests.portal.administered import World
from tests.portal.walked import path_of, undone, walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(900),  # some thousand requests each
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime"),  # a line of the log, no more
]


class Hand:
    """Sends whatever it is told, undoes what that did, and keeps what the portal failed over."""

    def __init__(self) -> None:
        self.faults: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self.what: tuple[str, ...] = ()
        self.sent = 0

    def listen(self, **_: Any) -> None:
        error = sys.exc_info()[1]
        self.faults[f"{type(error).__name__}: {str(error)[:80]}"].append(self.what)

    def send(
        self, client: Client, what: tuple[str, ...], path: str, body: bytes = b"", kind: str = "", **told: Any
    ) -> Any:
        """``what`` begins with the address and the method."""
        self.what, self.sent, cookies = what, self.sent + 1, dict(client.cookies)
        try:
            with undone():
                answer = client.generic(what[1], path, body, kind or hostile.FORM, **told)
        finally:
            client.cookies.clear()
            client.cookies.update(cookies)
        if answer.status_code == 500:
            self.faults["answered 500"].append(what)
        return answer


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    got_request_exception.connect(made.listen)
    yield made
    got_request_exception.disconnect(made.listen)


def html_of(answer: Any) -> str:
    is_page = answer.status_code == 200 and "html" in answer.headers.get("Content-Type", "")
    return answer.content.decode() if is_page else ""


def with_one(data: dict[str, str], name: str, value: str) -> bytes:
    return hostile.form([*((each, kept) for each, kept in data.items() if each != name), (name, value)])


def test_no_parameter_is_failed_over(whole: World, erin: Client, hand: Hand) -> None:
    """Of views that share their code, such as the administration's lists, a name is tried once."""
    tried: set[tuple[str, str, str]] = set()
    for place, path, view, client in walk(whole, erin):
        code = f"{view.__module__}.{view.__qualname__}"
        with hostile.watched() as asked:
            page = html_of(hand.send(client, (place.name, "GET", "as it is"), path))
        for name in asked | hostile.named_on(page):
            if (code, "GET", name) not in tried:
                tried.add((code, "GET", name))
                for what, value in hostile.VALUES.items():
                    query = hostile.form([(name, value)]).decode()
                    hand.send(client, (place.name, "GET", name, what), f"{path}?{query}")
        for form in forms_of(page) or [Form("", "post")]:
            post_each(hand, client, place, form, path, code, tried)
    assert {error: {place[:3] for place in places} for error, places in hand.faults.items()} == {}


def post_each(
    hand: Hand, client: Client, place: Address, form: Form, path: str, code: str, tried: set[tuple[str, str, str]]
) -> None:
    with hostile.watched() as asked:
        hand.send(client, (place.name, "POST", "as it is"), path, hostile.form(list(form.data.items())))
    for name in asked | form.data.keys():
        if (code, "POST", name) not in tried:
            tried.add((code, "POST", name))
            for what, value in hostile.IN_FORMS.items():
                hand.send(client, (place.name, "POST", name, what), path, with_one(form.data, name, value))


def test_no_path_is_failed_over(whole: World, erin: Client, hand: Hand) -> None:
    for place, _, _, client in walk(whole, erin):
        for gap in place.parameters:
            for what, value in hostile.IN_PATHS.items():
                broken = Address(place.name, place.route.replace(f"<{gap}>", hostile.in_path(value)))
                at = path_of(broken, whole)
                for method in ("GET", "POST"):
                    hand.send(client, (place.name, method, gap, what), at)
    assert {error: {place[:3] for place in places} for error, places in hand.faults.items()} == {}


def test_no_body_and_no_method_is_failed_over(whole: World, erin: Client, hand: Hand) -> None:
    for place, path, _, client in walk(whole, erin):
        for what, body in hostile.JSON.items():
            hand.send(client, (place.name, "POST", what), path, body, "application/json")
            hand.send(client, (place.name, "POST", what, "as a form"), path, body)
        hand.send(client, (place.name, "POST", "a file"), path, hostile.FILE % b"name", hostile.PARTS)
        for method in hostile.METHODS:
            hand.send(client, (place.name, method), path)
        hand.send(client, (place.name, "GET", "another host"), path, HTTP_HOST="elsewhere.example")
        hand.send(client, (place.name, "GET", "no host"), path, HTTP_HOST="a b\0c")
        for value in hostile.UNKEPT.values():
            hand.send(client, (place.name, "GET", value), f"{path}?{value}={value}&a[]=1&a=1&a=2")
    assert {error: {place[:3] for place in places} for error, places in hand.faults.items()} == {}


def test_no_page_has_a_form_that_takes_files(whole: World, erin: Client, hand: Hand) -> None:
    """The edge takes none (portal.edge.NoFiles). Whoever adds such a form sees to a handler that bounds it."""
    pages = {
        place.name: html_of(hand.send(client, (place.name, "GET"), path))
        for place, path, _, client in walk(whole, erin)
    }
    assert len([page for page in pages.values() if page]) > 50
    assert [name for name, page in pages.items() if "multipart/form-data" in page or 'type="file"' in page] == []
