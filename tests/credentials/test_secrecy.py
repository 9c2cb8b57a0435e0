"""Where a secret must never be: logs, the database, the session, the ledger, the cache, addresses, a second answer."""

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.conftest import Browser

PAGE = "/roles/111122223333/S3ReadOnly/"


@pytest.fixture
def alices(local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn, settings: Settings) -> Client:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    return browser(alice)


@pytest.fixture
def kept(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return a reader of all that the portal wrote: logs as talkative as an operator can make them, every table."""
    caplog.set_level(logging.DEBUG)

    def read() -> str:
        call_command("dumpdata", "--all")
        return f"{capsys.readouterr()} {caplog.text} {vars(cache)}"

    return read


def test_credentials_are_in_their_own_page_and_nowhere_else(alices: Client, kept: Callable[[], str]) -> None:
    answer = alices.post(f"{PAGE}credentials/", {"request_key": uuid4(), "reason": "OPS-12"})
    process = next(form.text for form in answer.context["formats"] if form.slug == "credentials-file")
    secrets = [line.partition(" = ")[2] for line in process.splitlines()[2:4]]
    assert [secret in answer.content.decode() for secret in secrets] == [True, True]
    everything = f"{kept()} {alices.session.items()} {answer.headers} {alices.cookies}"
    assert "OPS-12" in everything
    assert [secret in everything for secret in secrets] == [False, False]


def test_a_sign_in_token_is_in_its_own_form_and_nowhere_else(alices: Client, kept: Callable[[], str]) -> None:
    answer = alices.post(f"{PAGE}console/", {"request_key": uuid4()})
    token = answer.context["fields"]["SigninToken"]
    assert token in answer.content.decode()
    everything = f"{kept()} {alices.session.items()} {answer.headers} {alices.cookies}"
    assert "credentials:console:open" in everything
    assert token not in everything + answer.context["post_url"]


def test_coming_back_shows_nothing(alices: Client) -> None:
    sent = {"request_key": uuid4()}
    first = alices.post(f"{PAGE}credentials/", sent)
    secret = first.context["formats"][0].text.splitlines()[2].partition(" = ")[2]
    later = [alices.get(PAGE), alices.post(f"{PAGE}credentials/", sent)]
    assert [secret in answer.content.decode() for answer in [first, *later]] == [True, False, False]
