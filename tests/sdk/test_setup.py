"""The page that sets up a terminal."""

import io
import json
import zipfile

import pytest

from accounts.models import SignIn
from tests.conftest import Browser, MakeRole

pytestmark = pytest.mark.django_db


def test_the_page_shows_what_the_file_holds(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    make_role("Operator", "user:bob@example.com")
    client = browser(alice)
    text = client.get("/terminal/config").content.decode()
    assert text.count("[profile ") == 1
    assert text in client.get("/terminal/").content.decode()
    assert "aws sso login --profile example-sandbox-S3ReadOnly" in client.get("/terminal/").content.decode()


def test_the_person_names_the_profiles(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    page = browser(alice).get("/terminal/", {"names": "my.{role}", "region": "eu-west-1"}).content.decode()
    assert "[profile my.S3ReadOnly]" in page
    assert "region = eu-west-1" in page


@pytest.mark.parametrize("names", ["{secret}", "a b", "a\n[profile b]", "[x]", "{role", "é"])
def test_a_template_of_another_alphabet_is_refused_and_kept_in_the_form(
    browser: Browser, alice: SignIn, names: str
) -> None:
    answer = browser(alice).get("/terminal/", {"names": names})
    assert answer.status_code == 400
    assert "Use letters without accents" in answer.content.decode()
    assert browser(alice).get("/terminal/config", {"names": names}).status_code == 404


def test_rules_for_old_tools_lead_one_region_here_and_the_others_to_aws(browser: Browser, alice: SignIn) -> None:
    archive = zipfile.ZipFile(io.BytesIO(browser(alice).get("/terminal/models.zip").content))
    names = [f"models/{name}/2019-06-10/endpoint-rule-set-1.json" for name in ("sso", "sso-oidc")]
    assert archive.namelist() == names
    first, *rest = json.loads(archive.read(names[0]))["rules"]
    assert first["endpoint"]["url"] == "http://testserver"
    assert first["conditions"][1]["argv"][1] == "daypass-1"
    assert rest


def test_a_stranger_signs_in_first(client: object) -> None:
    for path in ("/terminal/", "/terminal/config", "/terminal/models.zip", "/start", "/device", "/authorize"):
        assert client.get(path).status_code == 302  # type: ignore[attr-defined]  # Django's test client
