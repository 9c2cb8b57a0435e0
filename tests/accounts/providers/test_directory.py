"""The keys of SCIM in the providers' file: read strictly, and never the token itself."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.providers import Provider
from accounts.providers.declared import ScimMatch
from accounts.providers.file import load

TOKEN = "a-directory's-token".replace("'", "-") + "x" * 20
BASE = """
[providers.okta]
kind = "oidc"
name = "Okta"
issuer = "https://okta.example.test"
client_id = "me"
client_secret = "env:TEST_CLIENT_SECRET"
domains = ["example.com"]
"""
UPN = 'scim_token = "env:TEST_SCIM_TOKEN"\nscim_match = "upn"\n'
GOOD = 'scim_token = "env:TEST_SCIM_TOKEN"\nscim_match = "subject"\n'


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)


def read(folder: Path, more: str) -> Provider:
    path = folder / "daypass.toml"
    path.write_text(BASE + more)
    return load(path, plain_http_on_loopback=False)["okta"]


def test_without_keys_there_is_no_directory(tmp_path: Path) -> None:
    provider = read(tmp_path, "")
    assert (provider.scim_token, provider.scim_required, provider.groups_from) == ((), False, "token")


def test_every_key_is_read(tmp_path: Path) -> None:
    provider = read(tmp_path, GOOD + 'scim_required = true\ngroups_from = "scim"\n')
    assert (provider.scim_token, provider.scim_match) == ((TOKEN,), ScimMatch.SUBJECT)
    assert (provider.scim_required, provider.groups_from) == (True, "scim")
    assert TOKEN not in repr(provider)


def test_a_file_may_hold_two_tokens_one_in_each_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}1\n{TOKEN}2\n")
    provider = read(tmp_path, 'scim_token_file = "token"\nscim_match = "oid"\n')
    assert provider.scim_token == (f"{TOKEN}1", f"{TOKEN}2")


@pytest.mark.parametrize("token", ["x" * 31, f"{TOKEN} {TOKEN}1 {TOKEN}2", TOKEN + "é", TOKEN + '"', f"{TOKEN} short"])
def test_a_token_that_can_be_guessed_or_sent_wrongly_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("TEST_SCIM_TOKEN", token)
    with pytest.raises(ImproperlyConfigured, match="key 'scim_token': use 32 or more") as stopped:
        read(tmp_path, GOOD)
    assert token not in str(stopped.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (f'scim_token = "{TOKEN}"\nscim_match = "subject"\n', "the secret itself does not belong"),
        ('scim_token = "env:TEST_NOT_SET"\nscim_match = "subject"\n', "TEST_NOT_SET is not set"),
        ('scim_token = "env:TEST_SCIM_TOKEN"\n', "say how a pushed user is told to be a person"),
        ('scim_token = "env:TEST_SCIM_TOKEN"\nscim_match = "name"\n', "choose from subject, oid, email, upn"),
        ('scim_match = "subject"\n', "it needs scim_token"),
        ("upn_trusted = true\n", "it needs scim_token"),
        (GOOD + "upn_trusted = true\n", "key 'upn_trusted': there is no such key"),
        (UPN, "key 'scim_match': nobody vouches for the claims upn and preferred_username. Write upn_trusted = true"),
        (UPN + "upn_trusted = false\n", "key 'scim_match': nobody vouches for the claims upn"),
        ("scim_required = true\n", "it needs scim_token"),
        ('groups_from = "scim"\n', "needs scim_token"),
        (GOOD + 'groups_from = "claim"\n', "choose scim or token"),
        (GOOD + 'scim_required = "yes"\n', "write true or false"),
        (GOOD + 'scim_url = "x"\n', "Known: .*scim_token_file"),
    ],
)
def test_whatever_is_wrong_stops_the_start_with_the_remedy(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=told):
        read(tmp_path, more)


def test_a_user_name_tells_who_somebody_is_where_the_directory_alone_gives_it(tmp_path: Path) -> None:
    assert read(tmp_path, UPN + "upn_trusted = true\n").scim_match is ScimMatch.UPN
    (tmp_path / "fs").mkdir()
    path = tmp_path / "fs" / "daypass.toml"
    path.write_text((BASE + UPN).replace('"oidc"', '"adfs"'))
    assert load(path, plain_http_on_loopback=False)["okta"].scim_match is ScimMatch.UPN


def test_google_has_none(tmp_path: Path) -> None:
    path = tmp_path / "daypass.toml"
    google = BASE.replace('"oidc"', '"google"').replace('issuer = "https://okta.example.test"\n', "")
    path.write_text(google + UPN + "upn_trusted = true\n")
    with pytest.raises(ImproperlyConfigured, match="key 'scim_match': it sends no user principal name"):
        load(path, plain_http_on_loopback=False)
