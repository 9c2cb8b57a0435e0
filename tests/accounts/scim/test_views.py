"""The door: who may come in, and how everybody else is turned away."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from accounts.models import SignIn
from accounts.scim.models import DirectoryUser
from audit.models import Event
from tests.accounts.scim.conftest import OTHER_TOKEN, TOKEN, Pushing, refused, user_body
from tests.conftest import Browser

STRANGERS = {
    "nothing": {"Authorization": ""},
    "another token": {"Authorization": f"Bearer {TOKEN}x"},
    "a part of the token": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "both tokens at once": {"Authorization": f"Bearer {TOKEN} {OTHER_TOKEN}"},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "no scheme": {"Authorization": TOKEN},
    "letters beyond ASCII": {"Authorization": "Bearer é" + TOKEN},
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=list(STRANGERS))
def test_a_stranger_is_refused_and_writes_nothing(okta: Pushing, headers: dict[str, str]) -> None:
    answer = okta("POST", "/Users", user_body("alice"), **headers)
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="SCIM"'
    event = Event.objects.get()
    assert (event.tag, event.subject_id) == ("accounts:directory:refuse", "okta")
    assert event.details == {"reason": "token" if headers["Authorization"] else "no_token"}
    assert not DirectoryUser.objects.exists()


def test_no_token_stands_on_the_ledger(okta: Pushing) -> None:
    okta("GET", "/Users", Authorization="Bearer " + "s3cret-" * 6)
    event = Event.objects.get()
    assert "s3cret" not in f"{event.details} {event.actor_name} {event.client}"


@pytest.mark.parametrize("token", [TOKEN, OTHER_TOKEN])
def test_both_tokens_count_while_one_takes_over_from_the_other(token: str) -> None:
    assert Pushing("okta", token=token)("GET", "/Users").status_code == 200


def test_the_scheme_is_read_without_regard_to_case(okta: Pushing) -> None:
    assert okta("GET", "/Users", Authorization=f"bearer {TOKEN}").status_code == 200


@pytest.mark.parametrize("slug", ["plain", "nobody", "break-glass"])
def test_a_provider_without_a_token_has_no_such_address(slug: str) -> None:
    refused(Pushing(slug)("GET", "/ServiceProviderConfig"), 404)
    assert not Event.objects.exists()


def test_who_knocks_too_often_waits_and_the_ledger_is_left_alone(okta: Pushing) -> None:
    answers = [okta("GET", "/Users", Authorization="Bearer no").status_code for _ in range(33)]
    assert answers == [401] * 30 + [429] * 3
    tags = list(Event.objects.values_list("tag", flat=True))
    assert (tags.count("accounts:directory:refuse"), tags.count("accounts:limit:exceed"), len(tags)) == (30, 1, 31)


def test_the_directory_itself_is_let_in_while_strangers_wait(okta: Pushing) -> None:
    for _ in range(31):
        last = okta("GET", "/Users", Authorization="Bearer no")
    refused(last, 429)
    assert 0 < int(last.headers["Retry-After"]) <= 60
    assert okta("GET", "/Users").status_code == 200


def test_no_answer_sets_a_cookie_or_is_kept(okta: Pushing) -> None:
    for answer in (okta("GET", "/Users"), okta("GET", "/Users", Authorization=""), okta("GET", "/none")):
        assert (dict(answer.cookies), answer.headers["Cache-Control"]) == ({}, "no-store")
        assert answer.headers["Content-Type"] == "application/scim+json"


def test_a_push_needs_no_csrf_token_and_a_session_opens_nothing(okta: Pushing) -> None:
    okta.client = Client(enforce_csrf_checks=True)
    assert okta("POST", "/Users", user_body("alice")).status_code == 201


def test_a_session_of_the_portal_is_no_token(okta: Pushing, alice: SignIn, browser: Browser) -> None:
    okta.client = browser(alice)
    refused(okta("GET", "/Users", Authorization=""), 401)


@pytest.mark.parametrize("path", ["", "/", "/users", "/Users/1/2", "/Devices", "/Schemas/none", "/Users/none"])
def test_what_is_not_there_is_not_found(okta: Pushing, path: str) -> None:
    refused(okta("GET", path), 404)


@pytest.mark.parametrize("path", ["/Me", "/Bulk", "/.search"])
def test_what_is_not_supported_says_so(okta: Pushing, path: str) -> None:
    refused(okta("POST", path, {}), 501)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/Users"), ("POST", "/Schemas"), ("GET", "/Users/.search")])
def test_another_method_is_refused(okta: Pushing, method: str, path: str) -> None:
    answer = okta(method, path, {})
    refused(answer, 405)
    assert method not in answer.headers["Allow"]


def test_a_slash_at_the_end_leads_nowhere_else(okta: Pushing) -> None:
    assert okta("GET", "/Users/").status_code == 200


def test_descriptions_take_no_filter(okta: Pushing) -> None:
    refused(okta("GET", "/Schemas?filter=id+pr"), 403)


def test_a_portal_without_directories_never_loads_the_library() -> None:
    code = (
        "import django, sys; django.setup(); from django.urls import reverse; reverse('scim', args=['okta', '/Users']);"
        "from django.contrib import admin; admin.autodiscover(); sys.exit('scim2_models' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_a_head_is_answered_as_a_get_without_its_body(okta: Pushing) -> None:
    answer = okta("HEAD", "/Users")
    assert (answer.status_code, answer.content) == (200, b"")
