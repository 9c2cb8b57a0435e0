"""The configuration file: read back by botocore, as a tool would."""

import configparser
from dataclasses import replace

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st

from sdk.config_file import USUAL_NAMES, Place, Portal, config_text, profile_names

PORTAL = Portal("https://daypass.example.com", "https://daypass.example.com/start", "daypass-1")
READER = Place("111122223333", "Example Sandbox", "sandbox", "S3ReadOnly", "")
ADMIN = Place("444455556666", "Example Production", "production", "Admin", "eu-west-1")


def loaded(tmp_path: object, *places: Place, template: str = USUAL_NAMES, region: str = "") -> dict[str, object]:
    path = f"{tmp_path}/config"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123  # as botocore names it
        file.write(config_text(places, portal=PORTAL, template=template, region=region))
    found: dict[str, object] = load_config(path)
    return found


def test_botocore_reads_all_of_it(tmp_path: object) -> None:
    found = loaded(tmp_path, READER, ADMIN, region="us-east-1")
    usual = {"sso_session": "daypass", "services": "daypass"}
    assert found["profiles"] == {
        "example-sandbox-S3ReadOnly": usual
        | {"sso_account_id": "111122223333", "sso_role_name": "S3ReadOnly", "region": "us-east-1"},
        "example-production-Admin": usual
        | {"sso_account_id": "444455556666", "sso_role_name": "Admin", "region": "eu-west-1"},
    }
    assert found["sso_sessions"] == {
        "daypass": {
            "sso_start_url": "https://daypass.example.com/start",
            "sso_region": "daypass-1",
            "sso_registration_scopes": "sso:account:access",
        }
    }
    endpoint = {"endpoint_url": "https://daypass.example.com"}
    assert found["services"] == {"daypass": {"sso": endpoint, "sso_oidc": endpoint, "sso-oidc": endpoint}}


def test_no_region_is_written_where_there_is_none(tmp_path: object) -> None:
    assert "region" not in str(loaded(tmp_path, READER)["profiles"])


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{account}-{role}", "example-sandbox-S3ReadOnly"),
        ("{role}", "S3ReadOnly"),
        ("{account_id}.{role}", "111122223333.S3ReadOnly"),
        ("{environment}", "sandbox"),
        ("mine", "mine"),
        ("{role}" * 10, ("S3ReadOnly" * 10)[:64]),
    ],
)
def test_a_template_names_profiles(template: str, name: str) -> None:
    assert profile_names([READER], template) == [name]


def test_no_two_profiles_share_a_name() -> None:
    names = profile_names([READER, replace(ADMIN, role_name="S3ReadOnly"), READER], "{role}")
    assert names == ["S3ReadOnly-111122223333", "S3ReadOnly-444455556666", "S3ReadOnly-111122223333-2"]


@given(st.text(max_size=80), st.from_regex(r"[\w+=,.@-]{1,64}", fullmatch=True))
def test_whatever_an_account_is_called_the_file_stays_whole(account: str, role: str) -> None:
    places = [replace(READER, account_name=account, role_name=role), ADMIN]
    parser = configparser.RawConfigParser()
    parser.read_string(config_text(places, portal=PORTAL, template=USUAL_NAMES, region="nonsense\n[profile evil]"))
    assert len(parser.sections()) == 4
