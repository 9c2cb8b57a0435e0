"""A database that is down, cut off, full or read-only: 503 in the words of each door, and one log line."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, InternalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from portal.outage import in_a_line, is_outage, may_be_missed
from tests.conftest import Browser
from tests.portal import faults

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDERS = """
[providers.okta]
kind = "oidc"
name = "Okta"
issuer = "https://okta.example.test"
client_id = "okta-client"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]
email_trusted = true
scim_token = "env:TEST_SCIM_TOKEN"
scim_match = "subject"
"""
SCIM_TOKEN = "token-of-a-directory-" + "a" * 24
Answer = Any  # django-stubs gives the test client's answer a name that cannot be imported


@pytest.fixture
def client(alice: SignIn, browser: Browser, settings: Settings, monkeypatch: Any, tmp_path: Path) -> Client:
    """Return Alice's browser, at a portal with a provider that pushes and tells of logouts."""
    monkeypatch.setenv("TEST_CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("TEST_SCIM_TOKEN", SCIM_TOKEN)
    (tmp_path / "daypass.toml").write_text(PROVIDERS)
    settings.DAYPASS_PROVIDERS = str(tmp_path / "daypass.toml")
    made = browser(alice)
    made.raise_request_exception = False
    return made


def page(client: Client) -> Answer:
    return client.get("/")


def form(client: Client) -> Answer:
    return client.post("/sign-out/")


def tool(client: Client) -> Answer:
    return client.get("/assignment/accounts", headers={"x-amz-sso-bearer-token": "A" * 43})


def registration(client: Client) -> Answer:
    body = json.dumps({"clientName": "x", "clientType": "public"})
    return client.post("/client/register", body, content_type="application/json")


def directory(client: Client) -> Answer:
    return client.get("/scim/v2/okta/Users", headers={"authorization": f"Bearer {SCIM_TOKEN}"})


def told_of_a_logout(client: Client) -> Answer:
    return client.post("/accounts/oidc/okta/logout/back/", {"logout_token": "rubbish"})


def as_page(answer: Answer) -> str:
    assert answer.headers["Content-Type"].startswith("text/html")
    return str(answer.content.decode())


def as_aws(answer: Answer) -> str:
    assert answer.headers["x-amzn-ErrorType"] == "ServiceUnavailableException"
    assert answer.json()["error"] == "temporarily_unavailable"
    return str(answer.json()["message"])


def as_scim(answer: Answer) -> str:
    assert (answer.headers["Content-Type"], answer.json()["status"]) == ("application/scim+json", "503")
    return str(answer.json()["detail"])


def as_oauth(answer: Answer) -> str:
    assert answer.json()["error"] == "temporarily_unavailable"
    return str(answer.json()["error_description"])


READERS: list[tuple[Callable[[Client], Answer], Callable[[Answer], str]]] = [
    (page, as_page),
    (tool, as_aws),
    (directory, as_scim),
]
WRITERS = [(form, as_page), (registration, as_aws), (told_of_a_logout, as_oauth)]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what is logged as an error, formatted as the portal does, tracebacks included."""
    formatter = logging.Formatter("%(message)s")

    def said() -> list[str]:
        return "\n".join(formatter.format(one) for one in caplog.records if one.levelno > logging.WARNING).splitlines()

    return said


def assert_says_so(answer: Answer, said: str, lines: list[str]) -> None:
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert answer.headers["Retry-After"] == "30"
    [line] = lines
    assert line.rpartition("reference ")[2] in said


@pytest.mark.lane("postgresql")
@pytest.mark.parametrize("fault", faults.EVERYTHING)
@pytest.mark.parametrize(("door", "read"), [*READERS, *WRITERS])
def test_every_door_says_it_in_its_own_words(
    client: Client, lines: Callable[[], list[str]], fault: str, door: Any, read: Any
) -> None:
    with faults.EVERYTHING[fault]():
        answer = door(client)
    assert_says_so(answer, read(answer), lines())


@pytest.mark.parametrize(("door", "read"), WRITERS)
def test_what_must_be_written_waits_for_a_database_that_writes(
    client: Client, lines: Callable[[], list[str]], door: Any, read: Any
) -> None:
    with faults.read_only():
        answer = door(client)
    assert_says_so(answer, read(answer), lines())
    assert not SignIn.objects.exclude(ended_at=None).exists()


def test_a_note_that_cannot_be_written_fails_no_request(client: Client, alice: SignIn, caplog: Any) -> None:
    seen = timezone.now() - timedelta(minutes=2)
    SignIn.objects.filter(pk=alice.pk).update(last_seen_at=seen)
    with faults.read_only():
        answer = client.get("/")
    assert answer.status_code == 200
    [line] = [record.getMessage() for record in caplog.records if record.name == "portal.outage"]
    assert line.startswith("The note of when a sign-in was last seen was not written (")
    assert SignIn.objects.get().last_seen_at == seen


def test_a_note_that_is_wrong_is_no_outage() -> None:
    with pytest.raises(DataError), may_be_missed("nothing"):
        raise DataError("too long")


def test_a_wrong_statement_is_no_outage_but_a_fault_of_ours(client: Client, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise InternalError("current transaction is aborted")

    monkeypatch.setattr("accounts.middleware.load", broken)
    answer = client.get("/")
    assert (answer.status_code, "DP-" in answer.content.decode()) == (500, True)


@pytest.mark.parametrize(
    ("error", "line"),
    [(DataError("first\nsecond"), "DataError: first"), (DataError(""), "DataError")],
)
def test_one_line_is_said_of_an_error(error: Exception, line: str) -> None:
    assert (in_a_line(error), is_outage(error), is_outage(None)) == (line, False, False)


def test_a_locked_sqlite_is_an_outage(client: Client, lines: Callable[[], list[str]]) -> None:
    if connection.vendor != "sqlite":
        return
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    with other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("UPDATE accounts_signin SET email = email")
        answer = form(client)
        cursor.execute("ROLLBACK")
    other.close()
    assert_says_so(answer, as_page(answer), lines())
