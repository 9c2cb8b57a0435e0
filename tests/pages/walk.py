"""Every page of the portal, found from its URL table and asked for with objects for whatever its addresses name.

A page leads on to more: its filters, orders and searches, and what its forms answer as they stand and when emptied.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.db import transaction
from django.test import Client
from django.urls import resolve

from tests.addresses import Address, addresses
from tests.forms import Form, forms_of
from tests.pages.world import Portal
from tests.portal.administered import GAPS, gaps_of, model_of
from tests.providers import provider_of

QUERY = re.compile(r'href="\?([^"]+)"')
SEARCH = re.compile(r'<input[^>]* name="q"')
ALIKE = re.compile(r"DP-\w{4}-\w{4}|[0-9a-f-]{36}|csrfmiddlewaretoken\S+ \S+|\d+")  # tells no page from another
# Addresses that are posted to, files, and what programs ask for: filled so that they answer, not so that they succeed.
OTHERS = dict.fromkeys(("sign_in_id", "authorization_id"), str(uuid4())) | {"path": "/Users"}
OTHERS |= {"0": "events", "1": "csv"}


@dataclass(frozen=True)
class Page:
    """What somebody was answered at an address, by whichever client."""

    place: str
    path: str
    status: int
    body: str
    headers: dict[str, str]
    client: Client = field(repr=False)

    @property
    def is_page(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html") and self.body != ""


def pages(portal: Portal) -> list[Page]:
    """Return every page once."""
    kept: dict[str, Page] = {}
    for page in filter(lambda each: each.is_page, asked(portal)):
        kept.setdefault(ALIKE.sub("", page.body), page)
    return list(kept.values())


def asked(portal: Portal) -> Iterator[Page]:
    """Ask for every address, as nobody and in Erin's browsers until one shows a page, and for what pages lead on to."""
    led_to: set[str] = set()
    for place, path in paths(portal):
        for client in (Client(), *portal.clients):
            found = seen(place.name, path, client, client.get(path))
            yield found
            if found.is_page:
                yield from led_on(found, led_to)
            if found.is_page and found.status == 200 and client in portal.clients:
                break


def paths(portal: Portal) -> Iterator[tuple[Address, str]]:
    """Fill each address with each row that there is, and with what is asked; an empty portal has no rows to name."""
    for place in addresses():
        usual = GAPS | {"provider_id": provider_of(place)} | (OTHERS if portal.rows else {})
        known = [usual | gaps for gaps in (rows_of(place, portal) or portal.gaps)]
        for path in dict.fromkeys(place.filled(gaps.__getitem__) for gaps in known if {*place.parameters} <= {*gaps}):
            yield place, path
            if place.name in portal.queries:
                yield place, f"{path}?{portal.queries[place.name]}"


def rows_of(place: Address, portal: Portal) -> list[dict[str, str]]:
    model = model_of(place)
    return [gaps_of(rows[model]) for rows in portal.rows] if model else []


def seen(place: str, path: str, client: Client, response: Any) -> Page:
    body = b"".join(response) if response.streaming else response.content
    return Page(place, path, response.status_code, body.decode(errors="replace"), dict(response.headers), client)


def led_on(page: Page, led_to: set[str]) -> Iterator[Page]:
    """Follow each kind of link to the page itself and send each kind of form, once."""
    for query in map(unescape, QUERY.findall(page.body)):
        if new(led_to, page.place, *parse_qs(query)):
            path = f"{urlsplit(page.path).path}?{query}"
            yield seen(page.place, path, page.client, page.client.get(path))
    if SEARCH.search(page.body) and new(led_to, page.place, "nothing"):
        path = f"{urlsplit(page.path).path}?q=nothing-is-called-so"
        yield seen(page.place, path, page.client, page.client.get(path))
    for form in forms_of(page.body):
        for action in [form.action or page.path, *form.others]:
            if new(led_to, resolve(urlsplit(action).path).view_name, *form.data):
                yield from answers(page, form, action)


def new(led_to: set[str], *what: str) -> bool:
    """Tell whether this is led to for the first time."""
    said = " ".join(what)
    known = said in led_to
    led_to.add(said)
    return not known


def answers(page: Page, form: Form, action: str) -> Iterator[Page]:
    """Send the form as it stands and with its fields emptied, and undo what that did."""
    for data in (form.data, dict.fromkeys(form.data, "")):
        before, client = transaction.savepoint(), Client()
        client.cookies = deepcopy(page.client.cookies)  # signing out would take them
        yield seen(page.place, action, page.client, client.post(action, data))
        transaction.savepoint_rollback(before)
