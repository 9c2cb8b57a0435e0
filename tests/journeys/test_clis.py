"""Real AWS CLIs of several ages against the whole local world: sign in, list, be refused, refresh, sign out.

Each follows what the page *Set up your terminal* says, and nothing else. docs/cli.md names the versions.
"""

import html
import io
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from demo.idp.testing import sign_in_as
from demo.world import World
from sdk.config_file import USUAL_NAMES, Place, Portal, config_text, replacing
from sdk.rule_set import models_zip
from sdk.start_url import region_of
from tests.clis.known import DEBIANS, binary

pytestmark = pytest.mark.lane("clis")
SCRIPTS = Path(__file__).parents[1] / "clis"
SECONDS = 120  # beside other tests on a busy machine
BUCKET, ROLE = "example-reports", "S3ReadOnly"
DEVICE, PKCE = ["--use-device-code"], list[str]()
CLIS = [(DEBIANS, PKCE), ("2.17.65", PKCE), ("2.22.3", PKCE), ("2.22.3", DEVICE), ("2.38.5", PKCE), ("2.38.5", DEVICE)]


# The CLI rewrites its cache in place, so that another may read half a file: it then says the file's name and no more.
CLI_FAULT = re.compile(r"'[0-9a-f]{40}'\s*$")


class Person(requests.Session):
    """Alice's browser, without a window."""

    def __init__(self, portal: str) -> None:
        super().__init__()
        self.portal = portal

    def press(self, page: str, *, action: str = "", **form: str) -> requests.Response:
        """Open a page of the portal and send its form, as its button does."""
        shown = self.get(page)
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text)[-1]
        data = {"csrfmiddlewaretoken": token, **form}
        return self.post(action or page, data, headers={"Referer": self.portal}, allow_redirects=False)


@pytest.fixture(scope="module")
def alice(world: World) -> Person:
    person = Person(world.place.portal)
    page = person.get(f"{world.place.portal}/sign-in/").text
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[-1]
    start = f"{world.place.portal}/accounts/oidc/google/login/"
    sent = person.post(start, {"csrfmiddlewaretoken": token}, headers={"Referer": start}, allow_redirects=False)
    person.get(sign_in_as(requests.Session(), sent.headers["Location"], "alice"))
    return person


def portal_at(address: str) -> Portal:
    return Portal(address, f"{address}/start", region_of(address))


@pytest.fixture
def beside() -> Iterator["Beside"]:
    """A second portal's block and rules, for the same role: no tool that is told of the first may bring it anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = Place("111122223333", "Example Sandbox", "sandbox", ROLE, "")
        other = portal_at(f"http://127.0.0.1:{listening.getsockname()[1]}")
        block = config_text([place], portal=other, template=USUAL_NAMES, region="us-east-1")
        yield Beside(block, models_zip(endpoint=other.endpoint, region=other.region))
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()[0].close()


@dataclass
class Beside:
    block: str
    rules: bytes


@dataclass
class Laptop:
    """A home folder, and a CLI in it that knows nothing but what the portal's page gave."""

    version: str
    home: Path
    world: World
    beside: Beside

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
        }

    def set_up(self, person: Person) -> "Laptop":
        """Save the configuration, again, and a second portal's below it, and for the old CLI the rules: what the page
        says."""
        folder = self.home / ".aws"
        saved = self.home / "saved.ini"
        saved.write_text(person.get(f"{person.portal}/terminal/config?region=us-east-1").text)
        for _ in range(2):
            subprocess.run(["sh", "-ec", replacing(self.portal, "~/saved.ini")], env=self.environment, check=True)
        (folder / "config").write_text((folder / "config").read_text() + self.beside.block)
        self.unpack(self.beside.rules)
        return self.take_rules(person) if self.version == DEBIANS else self

    def take_rules(self, person: Person) -> "Laptop":
        return self.unpack(person.get(f"{person.portal}/terminal/models.zip").content)

    def unpack(self, rules: bytes) -> "Laptop":
        zipfile.ZipFile(io.BytesIO(rules)).extractall(self.home / ".aws")
        return self

    @property
    def portal(self) -> Portal:
        return portal_at(self.world.place.portal)

    @property
    def profile(self) -> str:
        return f"example-sandbox-{ROLE}@{self.portal.name}"

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [str(binary(self.version)), *words, "--profile", self.profile]
        said, both = subprocess.PIPE, subprocess.STDOUT
        return subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=said, stderr=both, text=True)

    def run(self, *words: str) -> tuple[int, str]:
        with self.start(*words) as process:
            said, _ = process.communicate(timeout=SECONDS)
        return process.returncode, said

    def aws(self, *words: str) -> tuple[int, str]:
        """Run a command against the local AWS."""
        return self.run(*words, "--endpoint-url", self.world.place.aws)

    def paste(self, text: str) -> str:
        """Run what a page shows, word for word, in a shell that finds the CLI; return what it says."""
        path = f"{binary(self.version).parent}:{os.environ['PATH']}"
        pasted = ["sh", "-ec", text]
        done = subprocess.run(
            pasted, env=self.environment | {"PATH": path}, cwd=self.home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign_in(self, person: Person, flow: list[str]) -> str:
        """Run ``aws sso login`` and let it in, by whatever page it names; return what it says at the end."""
        with self.start("sso", "login", "--no-browser", *flow) as process:
            let_in(person, process)
            said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        return said

    def token_file(self) -> Path:
        files = (self.home / ".aws" / "sso" / "cache").glob("*.json")
        return next(path for path in files if "accessToken" in path.read_text())


def let_in(person: Person, process: "subprocess.Popen[str]") -> None:
    """Read what the CLI says until it names a page, and press that page's button."""
    assert process.stdout
    seen = ""
    while not (found := re.search(rf"{person.portal}/(?:authorize|device)\?\S+", seen)):
        line = process.stdout.readline()
        assert line, seen
        seen += line
    answer = person.press(found.group(0), **({"decision": "approve"} | user_code(found.group(0))))
    assert answer.status_code in {200, 302}, answer.text
    if answer.status_code == 302:
        requests.get(answer.headers["Location"], timeout=10)


def user_code(address: str) -> dict[str, str]:
    found = re.search(r"user_code=([A-Z-]+)", address)
    return {"user_code": found.group(1)} if found else {}


@pytest.fixture(params=CLIS, ids=lambda cli: " ".join([cli[0], *cli[1]]))
def signed_in(request: pytest.FixtureRequest, world: World, alice: Person, tmp_path: Path, beside: Beside) -> Laptop:
    version, flow = request.param
    laptop = Laptop(version, tmp_path, world, beside).set_up(alice)
    assert "Successfully logged into" in laptop.sign_in(alice, flow)
    return laptop


def test_a_cli_reads_what_the_role_may_read_until_it_signs_out(signed_in: Laptop) -> None:
    assert signed_in.run("--version")[1].startswith(f"aws-cli/{signed_in.version} ")
    code, said = signed_in.aws("s3", "ls", f"s3://{BUCKET}")
    assert (code, ".csv" in said or ".txt" in said) == (0, True), said
    (signed_in.home / "note").write_text("no")
    code, said = signed_in.aws("s3", "cp", "note", f"s3://{BUCKET}/note")
    assert (code, "AccessDenied" in said) == (1, True), said
    asked = {"x-amz-sso_bearer_token": json.loads(signed_in.token_file().read_text())["accessToken"]}
    assert signed_in.run("sso", "logout")[0] == 0
    accounts = f"{signed_in.world.place.portal}/assignment/accounts"
    assert requests.get(accounts, headers=asked, timeout=10).status_code == 401
    assert signed_in.aws("s3", "ls", f"s3://{BUCKET}")[0] == 255


def shown(page: str, name: str) -> str:
    """Return a text that the page offers to copy."""
    found = re.search(rf'id="{name}"[^>]*>(?:<code[^>]*>)?(.*?)</code>', page, re.DOTALL)
    assert found, name
    return html.unescape(re.sub(r"<[^>]+>", "", found.group(1)))


def test_what_a_page_says_to_run_next_works_as_it_is_pasted(
    world: World, alice: Person, tmp_path: Path, beside: Beside
) -> None:
    laptop = Laptop("2.38.5", tmp_path, world, beside).set_up(alice)
    laptop.sign_in(alice, PKCE)
    role = f"{world.place.portal}/roles/111122223333/{ROLE}/"
    said = laptop.paste(shown(alice.get(f"{world.place.portal}/terminal/?role=111122223333/{ROLE}").text, "use"))
    assert f"assumed-role/{ROLE}/alice@example.com-" in said
    taken = alice.press(role, action=f"{role}credentials/").text
    (tmp_path / ".aws" / "credentials").write_text(shown(taken, "credentials-file"))
    token = alice.press(f"{role}token/", name="a try", hours="1").text
    for text in (
        shown(taken, "next-credentials-file"),
        shown(taken, "bash") + shown(taken, "next-bash"),
        shown(token, "environment") + "\n" + shown(token, "next"),
    ):
        assert f"assumed-role/{ROLE}/alice@example.com-" in laptop.paste(text)


def test_eight_commands_at_once_on_a_token_that_is_over(
    world: World, alice: Person, tmp_path: Path, beside: Beside
) -> None:
    laptop = Laptop("2.38.5", tmp_path, world, beside).set_up(alice)
    laptop.sign_in(alice, PKCE)
    kept = json.loads(laptop.token_file().read_text())
    laptop.token_file().write_text(json.dumps({**kept, "expiresAt": "2020-01-01T00:00:00Z"}))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: laptop.aws("sts", "get-caller-identity"), range(8)))
    assert [said for code, said in answers if code and not CLI_FAULT.search(said)] == []
    assert [code for code, _ in answers].count(0) >= 4
    assert json.loads(laptop.token_file().read_text())["refreshToken"] != kept["refreshToken"]


BOTO3 = [sys.executable, str(SCRIPTS / "list.py")]
SDKS = (BOTO3, ["node", str(SCRIPTS / "javascript" / "list.mjs")])


@pytest.mark.lane("javascript")
def test_sdks_live_on_the_same_sign_in_and_renew_it(
    world: World, alice: Person, tmp_path: Path, beside: Beside
) -> None:
    laptop = Laptop("2.38.5", tmp_path, world, beside).set_up(alice)
    laptop.sign_in(alice, PKCE)
    for command in SDKS:
        renews_and_reads(laptop, command)


def test_boto3_takes_the_endpoints_from_the_environment_too(
    world: World, alice: Person, tmp_path: Path, beside: Beside
) -> None:
    laptop = Laptop("2.38.5", tmp_path, world, beside).set_up(alice)
    laptop.sign_in(alice, PKCE)
    config = tmp_path / ".aws" / "config"
    config.write_text(config.read_text().replace(f"services = {laptop.portal.name}\n", ""))
    names = ("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC")
    renews_and_reads(laptop, BOTO3, **dict.fromkeys(names, world.place.portal))


def renews_and_reads(laptop: Laptop, command: list[str], **more: str) -> None:
    kept = json.loads(laptop.token_file().read_text())
    laptop.token_file().write_text(json.dumps({**kept, "expiresAt": soon()}))
    environment = laptop.environment | {"AWS_PROFILE": laptop.profile, **more}
    full = [*command, laptop.world.place.aws, BUCKET]
    done = subprocess.run(full, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"objects": 2, "refused": "AccessDenied"}
    assert json.loads(laptop.token_file().read_text())["refreshToken"] != kept["refreshToken"]


def soon() -> str:
    """Return a time at which every client renews its token: within five minutes."""
    return (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_role_that_is_refused_says_why_where_the_cli_prints_it(
    world: World, alice: Person, tmp_path: Path, beside: Beside
) -> None:
    laptop = Laptop("2.38.5", tmp_path, world, beside).set_up(alice)
    laptop.sign_in(alice, DEVICE)
    config = laptop.home / ".aws" / "config"
    config.write_text(config.read_text().replace("sso_role_name = S3ReadOnly", "sso_role_name = Nothing"))
    code, said = laptop.aws("sts", "get-caller-identity")
    assert (code, "ForbiddenException" in said, "You may not take this role" in said) == (254, True, True), said
