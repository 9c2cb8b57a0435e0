"""A look at a SAML provider: its metadata by address or as a file, every certificate, and our own."""

import pytest
from django.utils import timezone

from accounts.health.probe import probe
from accounts.health.result import Result
from accounts.providers import configured
from accounts.saml import metadata
from tests.accounts.saml.conftest import Portal
from tests.accounts.saml.idp import pair
from tests.accounts.saml.test_metadata import Server, corp, server

pytestmark = pytest.mark.django_db
assert server  # the fixture


def seen() -> Result:
    return probe(configured()["corp"], timezone.now())


def days_left(result: Result, use: str) -> list[int]:
    return [(each.until - timezone.now()).days for each in result.certificates if each.use == use]


def test_metadata_by_address(server: Server) -> None:
    server.idp.published = [pair("old", days=20), pair("new", days=200)]
    found = seen()
    [document] = found.documents
    assert (document.what, document.problem, document.note) == ("Metadata", "", "2 signing certificates")
    assert (days_left(found, "signing"), found.clock is not None) == ([19, 199], True)


def test_it_looks_past_what_is_kept_and_says_so_when_that_differs(server: Server) -> None:
    metadata.current(corp())
    server.idp.published = [pair("another")]
    assert seen().documents[0].note == "1 signing certificate; not those in use yet"
    assert len(server.asked) == 2


def test_our_own_certificate_is_among_them(portal: Portal) -> None:
    portal.with_key()
    assert days_left(seen(), "ours") == [364]


@pytest.mark.parametrize(("status", "body", "problem"), [(503, None, "answered 503"), (200, b"<html>", "metadata")])
def test_what_is_wrong_with_an_address_is_named(server: Server, status: int, body: bytes | None, problem: str) -> None:
    server.status, server.body = status, body
    [document] = seen().documents
    assert (problem in document.problem, document.good_at) == (True, None)


def test_a_file_that_was_spoilt_since_the_start_is_named(portal: Portal) -> None:
    assert seen().documents[0].problem == ""
    (portal.folder / "corp.xml").write_text("<nothing/>")
    assert seen().problem == "the file cannot be read, or does not describe the entity"


def test_with_a_file_the_sign_in_page_is_looked_at(portal: Portal) -> None:
    """Its host does not exist in tests, so it does not answer; the metadata is well all the same."""
    portal.idp.sso = "https://127.0.0.1:1/adfs/ls/"
    portal.publish()
    metadata_document, page = seen().documents
    assert (metadata_document.problem, page.what) == ("", "Sign-in page")
    assert page.problem == "provider_unavailable: ConnectionError"
