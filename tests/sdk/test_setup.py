"""The page that sets up a terminal."""

import io
import json
import re
import zipfile

import pytest
from pytest_django import Settings

from accounts.models import SignIn
from sdk.setup import portal
from sdk.start_url import placeholder, region_of
from tests.conftest import PRODUCTION, Browser, MakeRole

pytestmark = pytest.mark.django_db


CONFIG, PAGE, REGION = "/terminal/config", "/terminal/", {"region": "us-east-1"}


def test_the_page_shows_what_the_file_holds(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    make_role("Operator", "user:bob@example.com")
    client = browser(alice)
    answer = client.get(CONFIG, REGION)
    text = answer.content.decode()
    assert text.count("[profile ") == 1
    assert answer.headers["Content-Disposition"] == 'attachment; filename="aws-config-testserver.ini"'
    page = client.get(PAGE, REGION).content.decode()
    assert text in page
    assert "aws sso login --profile example-sandbox-S3ReadOnly@testserver" in page
    assert "cat - ~/Downloads/aws-config-testserver.ini" in page


def test_the_person_names_the_profiles(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    page = browser(alice).get(PAGE, {"names": "my.{role}", "region": "eu-west-1"}).content.decode()
    assert "[profile my.S3ReadOnly]" in page
    assert "region = eu-west-1" in page


def test_a_region_is_asked_for_once(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    client = browser(alice)
    page = client.get(PAGE).content.decode()
    assert ("In which region do you work?" in page, "[sso-session " in page) == (True, False)
    assert client.get(CONFIG).headers["Location"].startswith(PAGE)
    client.get(PAGE, REGION)
    page = client.get(PAGE).content.decode()
    assert ("In which region do you work?" in page, "region = us-east-1" in page) == (False, True)
    assert "region = us-east-1" in client.get(CONFIG).content.decode()


def test_the_portals_own_start_url_is_named_where_it_has_https(settings: Settings) -> None:
    settings.DAYPASS_BASE_URL = "https://portal.example"
    assert portal().start_url == "https://portal.example/start"
    settings.DAYPASS_BASE_URL = "http://portal.example"
    assert portal().start_url == f"{placeholder()}/"


def test_no_region_is_asked_for_where_each_role_has_its_own(
    browser: Browser, alice: SignIn, make_role: MakeRole
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", region="eu-west-1")
    client = browser(alice)
    assert "[sso-session " in client.get(PAGE).content.decode()
    assert client.get(CONFIG).status_code == 200
    make_role("Admin", "user:alice@example.com")
    assert "[sso-session " not in client.get(PAGE).content.decode()


def test_roles_that_ask_for_more_are_marked(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("Careful", "user:alice@example.com", requires_reason=True)
    make_role("Factor", "user:alice@example.com", step_up="second_factor")
    make_role("Plain", "user:alice@example.com")
    lines = browser(alice).get(CONFIG, REGION).content.decode().splitlines()
    marked = [lines[at + 1] for at, line in enumerate(lines) if line.startswith("# Asks for")]
    assert marked == [f"[profile example-sandbox-{name}@testserver]" for name in ("Careful", "Factor")]


def test_the_role_that_one_came_from_comes_first(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    for name in ("A", "B", "C"):
        make_role(name, "user:alice@example.com", account=PRODUCTION)
    client = browser(alice)
    link = re.search(r'href="(/terminal/[^"]+)"', client.get(f"/roles/{PRODUCTION}/B/").content.decode())
    assert link
    page = client.get(link.group(1), {**REGION, "role": f"{PRODUCTION}/B"}).content.decode()
    assert re.findall(r"^\[profile example-production-(.)@", page, re.MULTILINE) == ["B", "A", "C"]
    assert "aws sso login --profile example-production-B@testserver" in page


def test_no_example_touches_production_or_asks_for_more(browser: Browser, alice: SignIn, make_role: MakeRole) -> None:
    make_role("Admin", "user:alice@example.com", account=PRODUCTION)
    client = browser(alice)
    assert "login --profile example-production-Admin@" in client.get(PAGE, REGION).content.decode()
    make_role("Careful", "user:alice@example.com", requires_reason=True)
    make_role("Plain", "user:alice@example.com")
    assert "login --profile example-sandbox-Plain@" in client.get(PAGE, REGION).content.decode()


def test_the_commands_reach_a_local_aws_where_there_is_one(
    browser: Browser, alice: SignIn, make_role: MakeRole, settings: Settings
) -> None:
    make_role("Plain", "user:alice@example.com")
    command = "aws sts get-caller-identity --profile example-sandbox-Plain@testserver"
    assert f"{command}</code>" in browser(alice).get(PAGE, REGION).content.decode()
    settings.DAYPASS_SIGNIN_ENDPOINT = "http://127.0.0.1:8002"
    local = f"{command} --endpoint-url http://127.0.0.1:8002</code>"
    assert local in browser(alice).get(PAGE, REGION).content.decode()


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
    assert first["conditions"][1]["argv"][1] == region_of("http://testserver")
    assert rest


def test_no_two_portals_share_a_region() -> None:
    """Not even on one host: the rules of one would lead the other's bearer tokens to the wrong address."""
    hosts = ("https://daypass.example.com", "https://daypass.example.org", "http://localhost:1", "http://localhost:2")
    regions = [region_of(host) for host in (*hosts, "https://DAYPASS.example.com")]
    assert (len(set(regions[:4])), regions[4]) == (4, regions[0])
    assert [one for one in regions if not re.fullmatch(r"daypass-[0-9a-f]{8}", one)] == []


def test_a_stranger_signs_in_first(client: object) -> None:
    for path in ("/terminal/", "/terminal/config", "/terminal/models.zip", "/start", "/device", "/authorize"):
        assert client.get(path).status_code == 302  # type: ignore[attr-defined]  # Django's test client
