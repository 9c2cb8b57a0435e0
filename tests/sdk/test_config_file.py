"""The configuration file: read back by botocore, as a tool would."""

import configparser
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st

from sdk.config_file import USUAL_NAMES, Place, Portal, config_text, profile_names, replacing

PORTAL = Portal("https://daypass.example.com", "https://daypass.example.com/start", "daypass-1")
OTHER = Portal("https://daypass.example.org:8443", "https://daypass.example.org:8443/start", "daypass-1")
READER = Place("111122223333", "Example Sandbox", "sandbox", "S3ReadOnly", "")
ADMIN = Place("444455556666", "Example Production", "production", "Admin", "eu-west-1", "a reason each time")


def block(*places: Place, portal: Portal = PORTAL, template: str = USUAL_NAMES, region: str = "us-east-1") -> str:
    return config_text(places, portal=portal, template=template, region=region)


def loaded(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "config"
    path.write_text(text)
    found: dict[str, Any] = load_config(str(path))
    return found


def test_botocore_reads_all_of_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, block(READER, ADMIN))
    name = "daypass-example-com"
    usual = {"sso_session": name, "services": name}
    assert found["profiles"] == {
        f"example-sandbox-S3ReadOnly@{name}": usual
        | {"sso_account_id": "111122223333", "sso_role_name": "S3ReadOnly", "region": "us-east-1"},
        f"example-production-Admin@{name}": usual
        | {"sso_account_id": "444455556666", "sso_role_name": "Admin", "region": "eu-west-1"},
    }
    session = {"sso_start_url": "https://daypass.example.com/start", "sso_region": "daypass-1"}
    assert found["sso_sessions"] == {name: session | {"sso_registration_scopes": "sso:account:access"}}
    endpoint = {"endpoint_url": "https://daypass.example.com"}
    assert found["services"] == {name: {"sso": endpoint, "sso_oidc": endpoint, "sso-oidc": endpoint}}


def test_a_role_that_asks_for_more_is_marked_with_where_to_give_it() -> None:
    marked = "# Asks for a reason each time: https://daypass.example.com/roles/444455556666/Admin/"
    lines = block(READER, ADMIN).splitlines()
    assert [line for line in lines if line.startswith("# Asks")] == [marked]
    assert lines[lines.index(marked) + 1] == "[profile example-production-Admin@daypass-example-com]"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://daypass.example.com", "daypass-example-com"),
        ("https://DAYPASS.example.com", "daypass-example-com"),
        ("https://day-pass.example.com", "day--pass-example-com"),
        ("https://day.pass.example.com", "day-pass-example-com"),
        ("http://localhost:8000", "localhost_8000"),
        ("http://[::1]:8000", "__1_8000"),
    ],
)
def test_sections_are_called_as_the_portals_host(address: str, name: str) -> None:
    assert Portal(address, "", "").name == name


HOSTS = st.from_regex(
    r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,6}[a-z0-9])?){1,3}(:[1-9][0-9]{1,3})?", fullmatch=True
)


@given(HOSTS, HOSTS)
def test_no_two_portals_share_a_name(one: str, other: str) -> None:
    names = {Portal(f"https://{host}", "", "").name for host in (one, other)}
    assert len(names) == len({one, other})


def test_two_portals_stand_beside_each_other(tmp_path: Path) -> None:
    """Both give the same role of the same account, and each profile leads to its own portal alone."""
    found = loaded(tmp_path, "[default]\nregion = eu-west-1\n" + block(READER) + block(READER, portal=OTHER))
    reached = {
        name: (found["sso_sessions"][profile["sso_session"]]["sso_start_url"], found["services"][profile["services"]])
        for name, profile in found["profiles"].items()
        if name != "default"
    }
    names = ("sso", "sso_oidc", "sso-oidc")
    assert reached == {
        f"example-sandbox-S3ReadOnly@{known.name}": (
            known.start_url,
            {name: {"endpoint_url": known.endpoint} for name in names},
        )
        for known in (PORTAL, OTHER)
    }


def replaced(home: Path, *, portal: Portal, text: str, shell: str = "sh") -> str:
    """Run the page's command on the saved file, and return what ~/.aws/config holds afterwards."""
    saved = home / "saved file"
    saved.write_text(text)
    command = replacing(portal, "~/'saved file'")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run([shell, "-ec", command], env=environment, check=True)
    return (home / ".aws" / "config").read_text()


@pytest.mark.parametrize("earlier", ["", "[default]\nregion = eu-west-1", "[default]\nregion = eu-west-1\n"])
def test_a_block_replaces_the_earlier_one_and_nothing_else(tmp_path: Path, earlier: str) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(earlier)
    kept = earlier.rstrip("\n") + "\n" if earlier else ""
    assert replaced(tmp_path, portal=PORTAL, text=block(READER, ADMIN)) == kept + block(READER, ADMIN)
    both = replaced(tmp_path, portal=OTHER, text=block(READER, portal=OTHER))
    assert both == kept + block(READER, ADMIN) + block(READER, portal=OTHER)
    after = replaced(tmp_path, portal=PORTAL, text=block(READER))
    assert after == kept + block(READER, portal=OTHER) + block(READER)
    assert (tmp_path / ".aws" / "config.before").read_text() == both


def test_it_is_saved_where_there_is_no_file_yet_and_twice_is_once(tmp_path: Path) -> None:
    assert replaced(tmp_path, portal=PORTAL, text=block(READER)) == block(READER)
    assert replaced(tmp_path, portal=PORTAL, text=block(READER)) == block(READER)


def test_no_region_is_written_where_there_is_none() -> None:
    assert "\nregion" not in block(READER, region="")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{account}-{role}", "example-sandbox-S3ReadOnly"),
        ("{role}", "S3ReadOnly"),
        ("{account_id}.{role}", "111122223333.S3ReadOnly"),
        ("{environment}", "sandbox"),
        ("mine", "mine"),
        ("{role}" * 20, ("S3ReadOnly" * 20)[:128]),
        ("{role}@{portal}", "S3ReadOnly@daypass-example-com"),
        ("{portal}.{role}", "daypass-example-com.S3ReadOnly"),
        ("{role}" * 20 + "@{portal}", ("S3ReadOnly" * 20)[:128] + "@daypass-example-com"),
    ],
)
def test_a_template_names_profiles(template: str, name: str) -> None:
    assert profile_names([READER], template, PORTAL) == [name]


@pytest.mark.parametrize("tail", ["", "@{portal}"])
def test_no_two_profiles_share_a_name(tail: str) -> None:
    names = profile_names([READER, replace(ADMIN, role_name="S3ReadOnly"), READER], "{role}" + tail, PORTAL)
    after = tail.replace("{portal}", PORTAL.name)
    plain = ["S3ReadOnly-111122223333", "S3ReadOnly-444455556666", "S3ReadOnly-111122223333-2"]
    assert names == [name + after for name in plain]


def test_a_profile_keeps_its_name_in_whatever_order_the_roles_come() -> None:
    places = [READER, replace(READER, role_name="Admin"), ADMIN]
    names = profile_names(places, "{environment}", PORTAL)
    assert names == ["sandbox-111122223333-2", "sandbox-111122223333", "production"]
    assert profile_names(places[::-1], "{environment}", PORTAL) == names[::-1]


def test_names_that_are_long_and_alike_stay_apart() -> None:
    names = profile_names([READER] * 3 + [ADMIN], "a" * 100 + "{role}" * 5, PORTAL)
    assert (len(set(names)), max(map(len, names))) == (4, 128)


@given(st.text(max_size=80), st.from_regex(r"[\w+=,.@-]{1,64}", fullmatch=True))
def test_whatever_an_account_is_called_the_file_stays_whole(account: str, role: str) -> None:
    places = [replace(READER, account_name=account, role_name=role), ADMIN]
    parser = configparser.RawConfigParser()
    parser.read_string(block(*places, region="nonsense\n[profile evil]"))
    assert len(parser.sections()) == 4
