"""Whatever a stranger writes into an address, a form, a header or a cookie: no address answers with an error of ours.

The addresses come from the URL table and the tools' protocol; what each asks for, from asking it.
"""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.core.files import uploadhandler
from django.test import Client
from django.test import client as test_client
from django.urls import resolve
from pytest_django import Settings

from audit.models import Event
from audit.tags import Tag
from portal import handlers
from sdk.api import OPERATIONS
from sdk.container import PATH
from tests.addresses import Address, addresses
from tests.conftest import SANDBOX
from tests.providers import declared, provider_of

pytestmark = pytest.mark.django_db
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
NUL = "a%00b"
MANY = urlencode([("field", "1")] * 1_200)
PART = b'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n%s\r\n--x--\r\n'
FILE = PART.replace(b'"code"', b'"code"; filename="x"')
# Query, content type and body of what nobody can read, and whether that is because it is too much.
UNREADABLE: dict[str, tuple[str, str, bytes, bool]] = {
    "NUL in the query": (f"code={NUL}", "", b"", False),
    "NUL in a name of the query": (f"{NUL}=1", "", b"", False),
    "NUL in a form": ("", FORM, f"code={NUL}".encode(), False),
    "NUL in a part": ("", f"{PARTS}; boundary=x", PART % b"a\0b", False),
    "half of a pair in a part": ("", f"{PARTS}; boundary=x; charset=raw_unicode_escape", PART % rb"\ud800", False),
    "no boundary": ("", PARTS, b"x", False),
    "a part that breaks off": ("", f"{PARTS}; boundary=\xff", b"x", False),
    "a form in another charset": ("", f"{FORM}; charset=utf-16", b"code=1", False),
    "a charset that is none": ("", f"{FORM}; charset=zlib", b"code=1", False),
    "1,200 parameters": (MANY, "", b"", True),
    "1,200 parameters, and a charset": (MANY, "text/plain; charset=utf-8", b"", True),
    "1,200 fields": ("", FORM, MANY.encode(), True),
    "1,200 parts": ("", f"{PARTS}; boundary=x", (PART % b"1").removesuffix(b"--x--\r\n") * 1_200 + b"--x--\r\n", True),
    "a form that is too long": ("", FORM, b"code=" + b"x" * 20_000, True),
    "parts that are no fields and too long": ("", f"{PARTS}; boundary=x", b"--x\r\n\r\n" + b"x" * 20_000, True),
    "a file": ("", f"{PARTS}; boundary=x", FILE % b"x", False),
    "a file that is too long": ("", f"{PARTS}; boundary=x", FILE % (b"x" * 20_000), True),
}
PLACES = addresses()
DOORS = ("accounts/oidc", "accounts/saml", "accounts/social")
REFUSED = {400, 403, 413}


@pytest.fixture(autouse=True)
def _portal(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A portal with a provider of each protocol, whose requests are made as its servers make them."""
    settings.DAYPASS_PROVIDERS = declared(tmp_path, monkeypatch)
    settings.DAYPASS_BREAK_GLASS = True
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 15_000
    monkeypatch.setattr(test_client, "WSGIRequest", handlers.WsgiRequest)
    caplog.set_level(logging.CRITICAL, "django")


def test_the_servers_make_requests_so() -> None:
    made = handlers.wsgi(), handlers.asgi()
    assert [each.request_class for each in made] == [handlers.WsgiRequest, handlers.AsgiRequest]


def path_of(place: Address) -> str:
    """Fill an address with what there is: providers, a role, and nobody's ids."""
    known = {
        "provider_id": provider_of(place),
        "slug": "google",
        "path": "/Users",
        "account_id": SANDBOX,
        "role_name": "One",
    }
    known |= {"factor_id": "1", "ask_id": "nothing", "0": "events", "1": "csv"}
    return place.filled(lambda gap: known.get(gap, str(uuid4())))


def ask(client: Client, path: str, query: str, kind: str, body: bytes) -> Any:
    client.raise_request_exception = False
    if kind.startswith((FORM, PARTS)):
        return client.generic("POST", f"{path}?{query}", body, content_type=kind)
    return client.get(f"{path}?{query}", headers={"content-type": kind} if kind else {})


def name_of(place: Address) -> str:
    return place.name or place.route


@pytest.mark.parametrize("place", PLACES, ids=name_of)
def test_what_cannot_be_read_is_refused_before_any_view_looks(place: Address) -> None:
    forms = getattr(resolve(path_of(place)).func, "reads_forms", True)
    cases = {what: case[:3] for what, case in UNREADABLE.items() if forms or not case[2]}
    answers = {what: ask(Client(), path_of(place), *case) for what, case in cases.items()}
    told = {what: (answer.status_code in REFUSED, answer.headers["Cache-Control"]) for what, answer in answers.items()}
    assert told == dict.fromkeys(cases, (True, "no-store"))


def test_no_file_of_a_stranger_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", None)
    monkeypatch.setattr(uploadhandler, "InMemoryUploadedFile", None)
    answer = ask(Client(), "/sign-in/", "", f"{PARTS}; boundary=x", FILE % b"x")
    assert answer.status_code == 400


@pytest.mark.parametrize("length", ["x", "1" * 5_000])
@pytest.mark.parametrize("kind", [FORM, f"{PARTS}; boundary=x"])
def test_a_length_that_is_none_is_refused(length: str, kind: str) -> None:
    answer = Client(raise_request_exception=False).generic("POST", "/sign-in/", b"x", kind, CONTENT_LENGTH=length)
    assert answer.status_code == 400


@pytest.mark.parametrize("place", [place for place in PLACES if place.parameters], ids=name_of)
def test_no_address_takes_what_cannot_be_kept(place: Address) -> None:
    for gap in place.parameters:
        path = path_of(Address(place.name, place.route.replace(f"<{gap}>", NUL)))
        assert ask(Client(), path, "", "", b"").status_code in {*REFUSED, 404}, path


@pytest.mark.parametrize("place", [place for place in PLACES if place.route.startswith(DOORS)], ids=name_of)
def test_what_came_from_a_provider_is_told_to_the_ledger(place: Address) -> None:
    for query, kind, body, too_much in UNREADABLE.values():
        answer = ask(Client(), path_of(place), query, kind, body)
        event = Event.objects.filter(tag__in=(Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_LOGOUT_REFUSE)).latest("pk")
        reason = "too_large" if too_much else "malformed_message"
        assert (event.details["provider"], event.details["reason"]) == (provider_of(place), reason)
        assert event.reference in answer.content.decode()
        assert event.reference or answer.status_code == 400  # it answers no person
    assert Event.objects.count() == len(UNREADABLE)


@pytest.mark.parametrize("place", [place for place in PLACES if place.name.endswith("_callback")], ids=name_of)
def test_an_answer_by_post_is_told_to_the_ledger(place: Address) -> None:
    """As response_mode=form_post sends it: from another site, so without our cookies and without a token of ours."""
    answer = Client(enforce_csrf_checks=True).post(path_of(place), {"code": "x", "state": "x"})
    event = Event.objects.get(tag=Tag.SIGN_IN_REFUSE)
    assert (event.details["reason"], event.details["detail"]) == ("malformed_message", "POST instead of GET")
    assert (answer.status_code, event.reference in answer.content.decode()) == (403, True)


@pytest.mark.parametrize("path", [*OPERATIONS, PATH])
@pytest.mark.parametrize("target", [f"?max_result={NUL}", f"?{MANY}", NUL])
def test_tools_are_told_so_in_their_words(path: str, target: str) -> None:
    method = "post" if "POST" in OPERATIONS.get(path, {}) else "get"
    answer = getattr(Client(), method)(f"{path}{'/' if target == NUL else ''}{target}")
    assert (answer.headers["x-amzn-ErrorType"], answer.status_code) == ("InvalidRequestException", 400)


@pytest.mark.parametrize("name", [configured.SESSION_COOKIE_NAME, configured.CSRF_COOKIE_NAME, "daypass_saml"])
@pytest.mark.parametrize("value", ['"a\\000bcdefgh"', "abc\0defgh", '"\\355\\240\\200abcdefgh"', "é" * 8, "x" * 3_000])
@pytest.mark.parametrize("path", ["/sign-in/", "/accounts/saml/corp/acs/finish/"])
def test_a_cookie_that_cannot_be_read_is_as_good_as_none(name: str, value: str, path: str) -> None:
    client = Client(raise_request_exception=False)
    without, answer = client.get(path), client.get(path, headers={"cookie": f"{name}={value}"})
    assert answer.status_code == without.status_code
