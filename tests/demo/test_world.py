"""``python -m demo`` as a person meets it: started, ended in every way, and started again."""

import html
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
import requests

from demo.idp.testing import sign_in_as
from demo.processes import ROOT, refuse_used_ports
from demo.settings import Place
from tests.ports import three_free_ports

COMMAND = [sys.executable, "-m", "demo"]
SECONDS = 30


def environment(place: Place) -> dict[str, str]:
    # A proxy that does not exist: whatever went through it would fail.
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    return os.environ | proxy | {"DAYPASS_PORT": str(place.port), "DAYPASS_DEMO_FOLDER": str(place.folder)}


@contextmanager
def demo(place: Place) -> Iterator["subprocess.Popen[str]"]:
    """Run a demo that ends with the block, also where the test fails: Popen by itself would wait for it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, env=environment(place), cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def started(place: Place, *, end: signal.Signals = signal.SIGTERM) -> Iterator["subprocess.Popen[str]"]:
    """Run a demo until it says that Ctrl-C ends it; end it by ``end``, and hold it to a quiet end."""
    with demo(place) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        yield process
        process.send_signal(end)
        said, complaints = process.communicate(timeout=SECONDS)
    assert (said.strip(), complaints, process.returncode) == ("Everything has ended. Your data is kept.", "", 0)


def place_in(folder: Path) -> Place:
    return Place(port=three_free_ports(), folder=folder / "world")


def sign_in(browser: requests.Session, portal: str, person: str) -> None:
    page = browser.get(f"{portal}/sign-in/", timeout=SECONDS)
    start = browser.post(
        f"{portal}/accounts/oidc/google/login/",
        data=fields(page.text),
        headers={"Referer": portal},
        allow_redirects=False,
        timeout=SECONDS,
    )
    home = browser.get(sign_in_as(browser, start.headers["Location"], person), timeout=SECONDS)
    assert home.url == f"{portal}/"


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def take(browser: requests.Session, portal: str) -> dict[str, str]:
    address = f"{portal}/roles/111122223333/S3ReadOnly/"
    wish = fields(browser.get(address, timeout=SECONDS).text) | {"duration": "3600", "profile": "", "reason": ""}
    taken = browser.post(f"{address}credentials/", data=wish, headers={"Referer": address}, timeout=SECONDS)
    assert taken.status_code == 200
    text = html.unescape(re.sub(r"<[^>]*>", "", taken.text))  # what is secret is marked by elements
    return dict(re.findall(r'"(AccessKeyId|SecretAccessKey|SessionToken)": "([^"]+)"', text))


def hello(place: Place, keys: dict[str, str]) -> bytes:
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    reports = session.client("s3", endpoint_url=place.aws)
    text: bytes = reports.get_object(Bucket="example-reports", Key="hello.txt")["Body"].read()
    return text


@dataclass
class Kept:
    """What the first run of a world gave, while its second run goes on."""

    place: Place
    browser: requests.Session
    keys: dict[str, str]
    hello: bytes


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place, browser = place_in(tmp_path_factory.mktemp("kept")), requests.Session()
    with started(place):
        sign_in(browser, place.portal, "alice")
        keys = take(browser, place.portal)
        first = hello(place, keys)
    with sqlite3.connect(place.folder / "daypass.sqlite3") as database:
        database.execute("UPDATE roles_role SET description = 'As Erin wrote it' WHERE arn LIKE '%PowerDeveloper'")
    with started(place, end=signal.SIGINT):
        yield Kept(place, browser, keys, first)


def test_credentials_of_the_first_run_still_work(kept: Kept) -> None:
    assert hello(kept.place, kept.keys) == kept.hello


def test_a_sign_in_of_the_first_run_still_takes_roles(kept: Kept) -> None:
    assert hello(kept.place, take(kept.browser, kept.place.portal)) == kept.hello


def test_what_an_administrator_changed_is_kept(kept: Kept) -> None:
    assert "As Erin wrote it" in kept.browser.get(f"{kept.place.portal}/", timeout=SECONDS).text


def test_administrators_keys_of_the_local_aws_are_for_this_user_alone(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept.place.folder / "aws-administrators"
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    for profile, role in {"sandbox": "Storyteller", "production": "Auditor"}.items():
        iam = boto3.Session(profile_name=profile).client("iam", "us-east-1", endpoint_url=kept.place.aws)
        assert iam.get_role(RoleName=role)["Role"]["RoleName"] == role


def test_a_second_demo_in_the_same_folder_is_refused(kept: Kept) -> None:
    with demo(Place(port=three_free_ports(), folder=kept.place.folder)) as second:
        complaints = second.communicate(timeout=SECONDS)[1]
    assert second.returncode == 1
    assert complaints.startswith(f"\nA demo runs in {kept.place.folder} already. End it, or")


def test_a_port_in_use_is_said_in_one_sentence(kept: Kept, tmp_path: Path) -> None:
    with demo(Place(port=kept.place.port, folder=tmp_path / "other")) as second:
        complaints = second.communicate(timeout=SECONDS)[1]
    assert second.returncode == 1
    assert complaints.startswith(f"\nPort {kept.place.port} is in use.")
    assert "Traceback" not in complaints


def test_ctrl_c_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    with demo(place) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=SECONDS)
    assert (said.strip(), complaints, process.returncode) == ("Everything has ended. Your data is kept.", "", 0)
    refuse_used_ports(place.port)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with demo(place_in(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert (process.stderr.read(), process.wait(SECONDS)) == ("", 0)


def test_a_damaged_file_is_said_with_the_way_out(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    place.folder.mkdir()
    (place.folder / "secrets.json").write_text('{"half":')
    with demo(place) as process:
        complaints = process.communicate(timeout=SECONDS)[1]
    assert process.returncode == 1
    assert re.fullmatch(r"\n\S+/secrets\.json is damaged \(.*\)\. `make demo-reset` starts afresh\.\n", complaints)
