"""[providers.google.groups]: what is read, and what stops the start because it could not work later."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.google_groups.declared import Api, GoogleGroups
from accounts.providers import google_groups
from accounts.providers.declared import GroupsCase, OpenIdProvider
from accounts.providers.file import load
from tests.accounts.google_groups.keys import service_account_key
from tests.accounts.providers.test_file import ADFS, GOOGLE, complaint, written

GROUPS = {"api": '"cloud-identity"', "service_account_file": '"key.json"'}


@pytest.fixture
def key() -> dict[str, str]:
    return service_account_key()


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: dict[str, str]) -> None:
    monkeypatch.setenv("TEST_GOOGLE_SECRET", "the-google-secret")
    (tmp_path / "key.json").write_text(json.dumps(key))


def file(tmp_path: Path, **changes: str) -> Path:
    return written(tmp_path, **{"google": GOOGLE, "google.groups": {**GROUPS, **changes}})


def source(tmp_path: Path, **changes: str) -> GoogleGroups:
    provider = load(file(tmp_path, **changes), plain_http_on_loopback=True)["google"]
    assert isinstance(provider, OpenIdProvider)
    assert (provider.groups_case, provider.tells_groups) == (GroupsCase.INSENSITIVE, True)
    assert provider.google_groups is not None
    return provider.google_groups


def test_the_least_and_the_most(tmp_path: Path, key: dict[str, str]) -> None:
    assert source(tmp_path) == GoogleGroups(api=Api.CLOUD_IDENTITY, key=json.dumps(key))
    more = {"customer": '"C046psxkn"', "security_groups_only": "true", "delegated_subject": '"erin@example.com"'}
    found = source(tmp_path, **more, api_endpoint='"http://127.0.0.1:8001/google"')
    assert (found.customer, found.security_groups_only, found.delegated_subject) == (
        "C046psxkn",
        True,
        "erin@example.com",
    )
    assert found.api_endpoint == "http://127.0.0.1:8001/google"
    directory = source(tmp_path, api='"directory"', security_groups_only="false")
    assert (directory.api, directory.security_groups_only) == (Api.DIRECTORY, False)


def test_without_the_table_google_tells_no_groups(tmp_path: Path) -> None:
    provider = load(written(tmp_path, google=GOOGLE), plain_http_on_loopback=False)["google"]
    assert provider.tells_groups is False


def test_the_key_is_not_in_the_repr(tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(source(tmp_path))


@pytest.mark.parametrize(
    ("changes", "named", "remedy"),
    [
        ({"api": '"ldap"'}, "api", "write one of cloud-identity, directory."),
        ({"api": "7"}, "api", "write a text"),
        ({"service_account_file": '"nowhere.json"'}, "service_account_file", "cannot be read: No such file"),
        ({"service_account_file": '"daypass.toml"'}, "service_account_file", "is not JSON"),
        ({"delegated_subject": '"Erin"'}, "delegated_subject", "e-mail address"),
        ({"customer": '"my_customer"'}, "customer", "customer ID, such as C046psxkn"),
        ({"customer": '"C046psxkn"', "api": '"directory"'}, "customer", "only for cloud-identity"),
        ({"security_groups_only": '"yes"'}, "security_groups_only", "true or false"),
        ({"security_groups_only": "true", "api": '"directory"'}, "security_groups_only", "use cloud-identity"),
        ({"api_endpoint": '"http://google.example"'}, "api_endpoint", "https address"),
        ({"key": '"-----BEGIN"'}, "key", "there is no such key"),
    ],
)
def test_a_wrong_value_stops_the_start(tmp_path: Path, changes: dict[str, str], named: str, remedy: str) -> None:
    said = complaint(file(tmp_path, **changes))
    assert f"provider 'google.groups', key '{named}': " in said
    assert remedy in said


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"type": "authorized_user"}, "is no key file of a service account"),
        ({"client_email": None}, "is no key file of a service account"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n"}, "is no key file"),
        ({"private_key": ""}, "is no key file"),
        ({"token_uri": "http://oauth2.example/token"}, "its token_uri is no https address"),
        ({"token_uri": "https://user@oauth2.example/token"}, "its token_uri is no https address"),
    ],
)
def test_a_file_that_is_no_key_stops_the_start(
    tmp_path: Path, key: dict[str, str], changes: dict[str, Any], remedy: str
) -> None:
    (tmp_path / "key.json").write_text(json.dumps({**key, **changes}))
    said = complaint(file(tmp_path))
    assert remedy in said
    assert "PRIVATE KEY" not in said


@pytest.mark.parametrize("text", ["[]", "7", "null", '"service_account"'])
def test_json_that_is_no_object_is_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "key.json").write_text(text)
    assert "is no key file of a service account" in complaint(file(tmp_path))


def test_groups_come_from_google_or_from_a_directory_but_not_from_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SCIM_TOKEN", "x" * 40)
    pushed = {"scim_token": '"env:TEST_SCIM_TOKEN"', "scim_match": '"email"', "groups_from": '"scim"'}
    both = written(tmp_path, **{"google": GOOGLE | pushed, "google.groups": GROUPS})
    assert "key 'groups': groups_from = \"scim\" says that the directory pushes them" in complaint(both)
    provider = load(written(tmp_path, google=GOOGLE | pushed), plain_http_on_loopback=False)["google"]
    assert (provider.groups_from, provider.tells_groups) == ("scim", True)


def test_without_the_library_the_start_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_groups, "LIBRARIES", ("googleapiclient", "no.such.library"))
    assert "pip install -r requirements-google-groups.txt" in complaint(file(tmp_path))


def test_the_table_is_a_table_and_googles_alone(tmp_path: Path) -> None:
    assert "write a table, [providers.google.groups]" in complaint(
        written(tmp_path, google={**GOOGLE, "groups": '"all"'})
    )
    (tmp_path / "adfs-secret").write_text("secret")
    assert "there is no such key" in complaint(written(tmp_path, **{"adfs": ADFS, "adfs.groups": GROUPS}))


@pytest.mark.parametrize(("value", "case"), [('"insensitive"', GroupsCase.INSENSITIVE), ('"exact"', GroupsCase.EXACT)])
def test_case_counts_unless_the_file_says_otherwise(tmp_path: Path, value: str, case: GroupsCase) -> None:
    (tmp_path / "adfs-secret").write_text("secret")
    assert load(written(tmp_path, adfs=ADFS), plain_http_on_loopback=False)["adfs"].groups_case is GroupsCase.EXACT
    path = written(tmp_path, adfs={**ADFS, "groups_case": value})
    assert load(path, plain_http_on_loopback=False)["adfs"].groups_case is case
    assert "write one of exact, insensitive" in complaint(written(tmp_path, adfs={**ADFS, "groups_case": '"any"'}))
