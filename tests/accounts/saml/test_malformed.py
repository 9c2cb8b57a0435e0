"""What strangers may post to the doors of the flow: always a page with a reference, never an error of ours."""

import base64
import zlib

import pytest
from django.test import Client

from accounts.models import SignIn
from accounts.refusals import Reason, SignInRefused
from accounts.saml import documents
from audit.models import Event
from tests.accounts.saml.conftest import FORM, Browser, Portal, reason
from tests.accounts.saml.idp import ALICE, DECLARED, GROUP, encoded, parse, response, text_of

pytestmark = pytest.mark.django_db

START = f'<samlp:Response {DECLARED} ID="_r" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


POSTED = {
    "nothing": "",
    "no base64": "%%%",
    "base64 of half a letter": "YQ=",
    "rubbish": b64("rubbish"),
    "NUL": b64("\x00"),
    "empty XML": b64("<x/>"),
    "truncated": b64(START),
    "no namespace": b64("<Response/>"),
    "a request": b64(f'<samlp:AuthnRequest {DECLARED} ID="_r" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"/>'),
    "bare": b64(f"{START}</samlp:Response>"),
    "a document type": b64(f'<!DOCTYPE samlp:Response [<!ENTITY e0 "x">]>{START}&e0;</samlp:Response>'),
    "an external entity": b64(f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{START}&e;</samlp:Response>'),
    "entities that grow": b64(f'<!DOCTYPE x [<!ENTITY e0 "xxxxxxxxxx">{ENTITIES}]>{START}&e9;</samlp:Response>'),
    "a document type in UTF-16": b64(f"<!DOCTYPE x []>{START}</samlp:Response>".encode("utf-16")),
    "a document type in UTF-7": b64(b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x []+AD4-<x/>'),
    "Latin-1": b64(f"{START}é</samlp:Response>".encode("latin-1")),
    "a thousand deep": b64("<a>" * 1000 + "</a>" * 1000),
    "a hundred thousand attributes": b64("<a " + " ".join(f'a{n}=""' for n in range(50_000)) + "/>"),
    "a wrong version": b64(f"{START.replace('2.0', '1.1')}</samlp:Response>"),
    "deflated": b64(zlib.compress(START.encode())),
}


@pytest.mark.parametrize("name", POSTED)
def test_what_cannot_be_read_ends_on_the_page(portal: Portal, browser_at_corp: Browser, name: str) -> None:
    assert reason(browser_at_corp.post_raw({"SAMLResponse": POSTED[name]})) in {"malformed_message", "unsigned"}


@pytest.mark.parametrize("form", [{}, {"SAMLRequest": "x"}, {"SAMLResponse": ["x", "y"]}])
def test_a_form_without_one_response_ends_on_the_page(
    portal: Portal, browser_at_corp: Browser, form: dict[str, object]
) -> None:
    assert reason(browser_at_corp.post_raw(form)) == "malformed_message"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("multipart/form-data", b""),
        ("application/json", b"{}"),
        ("text/plain", b"SAMLResponse=x"),
        ("", b"SAMLResponse=x"),
        (f"{FORM}; charset=utf-16", b"SAMLResponse=x"),
        (f"{FORM}; charset=nonsense", b"SAMLResponse=%ff"),
        (FORM, b"SAMLResponse=%ff%fe"),
    ],
)
def test_no_form_ends_on_the_page(portal: Portal, kind: str, body: bytes) -> None:
    answer = Client().generic("POST", "/accounts/saml/corp/acs/", body, content_type=kind)
    assert reason(answer) == "malformed_message"


@pytest.mark.parametrize("size", [1_400_000, 3_000_000])
def test_what_is_too_large_is_refused_kindly(portal: Portal, browser_at_corp: Browser, size: int) -> None:
    answer = browser_at_corp.post_raw({"SAMLResponse": "A" * size})
    assert (answer.status_code, reason(answer)) == (413, "too_large")


def test_too_many_fields_are_too_large(portal: Portal, browser_at_corp: Browser) -> None:
    assert reason(browser_at_corp.post_raw({f"f{n}": "" for n in range(1100)})) == "too_large"


def test_three_hundred_groups_are_not_too_large(portal: Portal, browser_at_corp: Browser) -> None:
    groups = [f"CORP\\AWS-{number:03}-{'x' * 240}" for number in range(300)]
    message = portal.idp.signed(browser_at_corp.said(attributes={**ALICE, GROUP: groups}))
    assert len(encoded(message)) > 100_000
    assert browser_at_corp.arrive(message).status_code == 302
    assert SignIn.objects.count() == 1


@pytest.mark.parametrize("path", ["acs/", "acs/finish/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "POST"])
def test_the_wrong_method_ends_on_the_page(portal: Portal, path: str, method: str) -> None:
    answer = Client().generic(method, f"/accounts/saml/corp/{path}")
    expected = {"GET acs/finish/": "state"}.get(f"{method} {path}", "malformed_message")
    event = Event.objects.get(tag="accounts:sign_in:refuse")
    assert (answer.status_code, event.details["reason"]) == (403, expected)
    assert method == "HEAD" or event.reference in answer.content.decode()


@pytest.mark.parametrize("path", ["login/", "acs/", "acs/finish/", "sls/", "metadata/"])
@pytest.mark.parametrize("slug", ["nobody", "google", "other%00"])
def test_a_provider_that_is_not_there_is_not_there(portal: Portal, path: str, slug: str) -> None:
    method = "POST" if path == "acs/" else "GET"
    assert Client().generic(method, f"/accounts/saml/{slug}/{path}").status_code == 404


def test_a_key_of_nobodys_making_fetches_nothing(portal: Portal) -> None:
    client = Client()
    client.cookies["daypass_saml"] = "x" * 3000
    assert reason(client.get("/accounts/saml/corp/acs/finish/")) == "state"


def test_what_was_deflated_may_not_grow_without_measure() -> None:
    bomb = zlib.compressobj(wbits=-15)
    data = bomb.compress(b"x" * 20_000_000) + bomb.flush()
    with pytest.raises(SignInRefused) as caught:
        documents.inflated(data)
    assert (caught.value.reason, len(data) < 50_000) == (Reason.TOO_LARGE, True)


@pytest.mark.parametrize("data", [b"", b"\x00", b"rubbish", zlib.compress(b"with a head")])
def test_what_is_not_deflated_is_refused(data: bytes) -> None:
    with pytest.raises(SignInRefused):
        documents.parsed(documents.inflated(data))


def test_line_breaks_in_base64_are_allowed(portal: Portal, browser_at_corp: Browser) -> None:
    text = base64.encodebytes(text_of(portal.idp.signed(browser_at_corp.said())).encode()).decode()
    assert browser_at_corp.post_raw({"SAMLResponse": text.replace("\n", "\r\n")}).status_code == 303


def test_an_empty_statement_is_no_error(portal: Portal, browser_at_corp: Browser) -> None:
    root = parse(response(browser_at_corp.said()))
    for item in list(root)[1:]:
        root.remove(item)
    assert reason(browser_at_corp.arrive(root)) == "malformed_message"
