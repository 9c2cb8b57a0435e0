"""Taking a role by browser: refusals first, then the page, the credentials shown once, and the downloads."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import SignIn
from audit.models import Event
from credentials.models import IssuedSession
from demo.aws.testing import RunningAws
from roles.models import PortalRoleMapping, Role, RoleMapping
from tests.conftest import Browser, MakeRole

PAGE = "/roles/111122223333/S3ReadOnly/"
TAKE, CONSOLE = f"{PAGE}credentials/", f"{PAGE}console/"
HOSTILE_ROLES = ["S3%0AReadOnly", "S3%00", "a%2Fb", "é", "x" * 65, "'--", "a b", "%24%7B7*7%7D", "S3ReadOnly%0A"]


def form(**values: object) -> dict[str, Any]:
    return {"request_key": str(uuid4()), "duration": "3600", **values}


def sessions() -> int:
    return IssuedSession.objects.count()


@pytest.fixture
def alices(browser: Browser, alice: SignIn) -> Client:
    return browser(alice)


@pytest.mark.parametrize("path", [PAGE, TAKE, CONSOLE])
def test_nobody_is_led_to_the_sign_in_page(s3_read_only: Role, path: str) -> None:
    answer = Client().get(path) if path == PAGE else Client().post(path, form())
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


def test_a_stranger_finds_no_page(s3_read_only: Role, browser: Browser, charlie: SignIn) -> None:
    assert browser(charlie).get(PAGE).status_code == 404


@pytest.mark.parametrize("path", [TAKE, CONSOLE])
def test_a_stranger_gets_nothing_and_learns_nothing(
    local_aws: RunningAws, s3_read_only: Role, browser: Browser, charlie: SignIn, path: str
) -> None:
    missing = browser(charlie).post(path.replace("S3ReadOnly", "NoSuchRole"), form())
    existing = browser(charlie).post(path, form())
    assert (existing.status_code, missing.status_code, sessions()) == (404, 404, 0)
    assert without_marks(existing) == without_marks(missing)
    assert local_aws.calls() == []


def without_marks(answer: Any) -> str:
    text = re.sub(r"DP-[A-Z0-9]{4}-[A-Z0-9]{4}|NoSuchRole|S3ReadOnly", "", answer.content.decode())
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@pytest.mark.parametrize("name", HOSTILE_ROLES)
@pytest.mark.parametrize("action", ["", "credentials/", "console/"])
def test_what_is_no_role_name_is_not_found_without_a_trace(alices: Client, name: str, action: str) -> None:
    path = f"/roles/111122223333/{name}/{action}"
    answer = alices.post(path, form()) if action else alices.get(path)
    assert answer.status_code == 404
    assert not Event.objects.filter(tag="credentials:session:refuse").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration", "899"),
        ("duration", "43201"),
        ("duration", "1e9"),
        ("duration", "9" * 400),
        ("duration", "٩٠٠ x"),
        ("region", "eu-west-1; rm"),
        ("region", "xx-nowhere-1"),
        ("profile", "x]\ncredential_process=touch /tmp/x"),
        ("profile", "$(id)"),
        ("reason", "line\nline"),
        ("reason", "x" * 301),
        ("request_key", "not-a-uuid"),
        ("destination", "https://evil.example/"),
        ("destination", "//evil.example"),
        ("download", "../../etc/passwd"),
    ],
)
@pytest.mark.parametrize("path", [TAKE, CONSOLE])
def test_hostile_choices_are_refused_and_aws_is_not_asked(
    local_aws: RunningAws, s3_read_only: Role, alices: Client, path: str, field: str, value: str
) -> None:
    answer = alices.post(path, form(**{field: value}))
    assert (answer.status_code, sessions(), local_aws.calls()) == (400, 0, [])


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
@pytest.mark.parametrize("path", [TAKE, CONSOLE])
def test_a_form_on_another_site_is_refused(s3_read_only: Role, alices: Client, path: str, site: str) -> None:
    assert alices.post(path, form(), headers={"sec-fetch-site": site}).status_code == 403
    assert sessions() == 0


@pytest.mark.parametrize("path", [TAKE, CONSOLE])
def test_a_form_without_the_csrf_token_is_refused(s3_read_only: Role, alice: SignIn, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    session = strict.session
    session["sign_in"] = str(alice.pk)
    session.save()
    assert (strict.post(path, form()).status_code, sessions()) == (403, 0)


@pytest.mark.parametrize("path", [TAKE, CONSOLE])
def test_reading_changes_nothing(s3_read_only: Role, alices: Client, path: str) -> None:
    assert (alices.get(path).headers["Location"], sessions()) == ("/roles/111122223333/S3ReadOnly/", 0)


def test_a_mapping_removed_between_page_and_click(local_aws: RunningAws, s3_read_only: Role, alices: Client) -> None:
    assert alices.get(PAGE).status_code == 200
    RoleMapping.objects.all().delete()
    answer = alices.post(TAKE, form())
    event = Event.objects.get(tag="credentials:session:refuse")
    assert (answer.status_code, sessions(), local_aws.calls()) == (404, 0, [])
    assert event.reference in answer.content.decode()


@pytest.fixture
def refused_story(local_aws: RunningAws, make_role: MakeRole, alice: SignIn, browser: Browser) -> Callable[[], str]:
    make_role("Storyteller", "user:alice@example.com")
    client = browser(alice)

    def post() -> str:
        answer = client.post("/roles/111122223333/Storyteller/credentials/", form())
        assert answer.status_code == 403
        return answer.content.decode()

    return post


def test_a_person_never_sees_awss_own_words(refused_story: Callable[[], str]) -> None:
    page, session = refused_story(), IssuedSession.objects.get()
    assert "the role does not (yet) trust Daypass" in page
    assert session.reference in page
    assert "AccessDenied" not in page
    assert "arn:aws" not in page


def test_an_administrator_sees_the_cause_and_the_fix(refused_story: Callable[[], str]) -> None:
    PortalRoleMapping.objects.create(principal="user:alice@example.com", portal_role="administrator")
    page = refused_story()
    assert "user/daypass-portal" in page
    assert "&quot;sts:AssumeRole&quot;" in page


def test_the_page_offers_what_can_be_had(s3_read_only: Role, alices: Client) -> None:
    answer = alices.get(PAGE)
    offered = [int(value) for value, _ in answer.context["form"].fields["duration"].widget.choices]
    assert offered == [900, 1800, 3600, 7200, 14400, 28800, 43200]
    assert answer.context["maximum"].text == "12 hours"
    assert answer.context["form"]["profile"].value() == "example-sandbox-S3ReadOnly"
    assert answer["Cache-Control"] == "no-store"


def test_credentials_are_shown_once_and_never_kept_by_a_cache(
    local_aws: RunningAws, s3_read_only: Role, alices: Client
) -> None:
    sent = form(region="eu-west-1")
    first, again = alices.post(TAKE, sent), alices.post(TAKE, sent)
    assert (first.status_code, again.status_code) == (200, 409)
    assert first["Cache-Control"] == again["Cache-Control"] == "no-store"
    assert first["Referrer-Policy"] == "same-origin"
    assert len(first.context["formats"]) == 7
    key = IssuedSession.objects.get().access_key_id
    assert (key in first.content.decode(), key in again.content.decode()) == (True, False)


def test_two_tabs_of_two_forms_are_two_requests(local_aws: RunningAws, s3_read_only: Role, alices: Client) -> None:
    assert [alices.post(TAKE, form()).status_code for _ in range(2)] == [200, 200]
    assert sessions() == 2


def test_a_download_is_a_file_that_botocore_reads(
    local_aws: RunningAws, s3_read_only: Role, alices: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = alices.post(TAKE, form(download="credentials-file", profile="mine"))
    path = tmp_path / "credentials"
    path.write_bytes(answer.content)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    found = botocore.session.Session(profile="mine").get_credentials()
    assert found.access_key == IssuedSession.objects.get().access_key_id
    assert answer["Content-Disposition"] == 'attachment; filename="aws-example-sandbox-S3ReadOnly-111122223333.ini"'
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain; charset=utf-8", "no-store")


def test_the_page_gives_the_command_to_run_next_and_each_value(
    local_aws: RunningAws, s3_read_only: Role, alices: Client, settings: Settings
) -> None:
    settings.DAYPASS_SIGNIN_ENDPOINT = local_aws.url
    answer = alices.post(TAKE, form(profile="mine"))
    page, issued = answer.content.decode(), answer.context["session"]
    where = f"--region us-east-1 --endpoint-url {local_aws.url}</code>"
    assert f"aws sts get-caller-identity --profile mine {where}" in page
    assert f"aws sts get-caller-identity {where}" in page
    again = alices.post(TAKE, form(profile="mine", region="eu-west-1")).content.decode()
    assert ("get-caller-identity --profile mine --endpoint-url" in again, "--region" in again) == (True, False)
    values = {value.slug: value for value in answer.context["values"]}
    assert [slug for slug, value in values.items() if value.secret] == ["secret-access-key", "session-token"]
    told = {slug: value.text for slug, value in values.items() if not value.secret}
    assert told == {
        "access-key-id": issued.access_key_id,
        "account-name": "Example Sandbox",
        "account-id": "111122223333",
        "role-arn": s3_read_only.arn,
        "session-name": issued.session_name,
        "session-reference": issued.reference,
    }
    assert repr(values["session-token"]) == "<Value session-token, hidden>"


def test_a_secret_in_the_reason_is_masked(local_aws: RunningAws, s3_read_only: Role, alices: Client) -> None:
    alices.post(TAKE, form(reason="OPS-12 eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"))
    assert IssuedSession.objects.get().reason == "OPS-12 [masked]"


def test_the_last_sessions_are_my_own(
    local_aws: RunningAws, s3_read_only: Role, alices: Client, bob: SignIn, browser: Browser
) -> None:
    RoleMapping.objects.create(role=s3_read_only, principal="user:bob@example.com")
    for _ in range(6):
        alices.post(TAKE, form())
    browser(bob).post(TAKE, form())
    shown = alices.get(PAGE).context["last_sessions"]
    assert [session.user.email for session in shown] == ["alice@example.com"] * 5
