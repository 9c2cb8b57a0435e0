import json
import string
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from credentials.formats import PROFILE, SLUGS, Unwritable, formats_of
from credentials.secret import Credentials

KEY, SECRET, TOKEN = "ASIAQWERTYUIOPASDFGH", "aB3/" * 9 + "+=xY", "IQoJb3JpZ2luX2VjE/+=" * 40
CREDENTIALS = Credentials(KEY, SECRET, TOKEN, datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC))
WORD = string.ascii_letters + string.digits + "_"
ALPHABETS = {"access_key_id": WORD, "secret_access_key": WORD + "/+=.-", "session_token": WORD + "/+=.-"}


def texts(credentials: Credentials = CREDENTIALS, **values: str) -> dict[str, str]:
    given = {"profile": "example-sandbox-S3ReadOnly", "region": "eu-west-1", "account_id": "111122223333", **values}
    return {form.slug: form.text for form in formats_of(credentials, **given)}


HOSTILE = [
    "",
    "a\nb",
    "a\r[x]",
    "default]\ncredential_process=touch /tmp/x\n[y",
    " lead",
    "trail ",
    "a\tb",
    "a\x00b",
    "a'b",
    'a"b',
    "a$(id)",
    "a`id`",
    "%PATH%",
    "a&b",
    "a;b",
    "a|b",
    "a\\b",
    "a#b",
    "a=b",
    "a:b",
    "é",
    "\u2028",
    "\ufeffa",
    "../x",
    "a" * 65,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_profile_name_is_not_written(value: str) -> None:
    with pytest.raises(Unwritable):
        texts(profile=value)


@pytest.mark.parametrize("value", ["eu-west-1\n", "eu-west-1'", "EU-WEST-1", "x", "eu-west-11", "$(id)-a-1", "eu--1"])
def test_a_hostile_region_is_not_written(value: str) -> None:
    with pytest.raises(Unwritable):
        texts(region=value)


@given(name=st.sampled_from(sorted(ALPHABETS)), foreign=st.characters())
def test_a_value_outside_its_alphabet_is_not_written_and_not_quoted(name: str, foreign: str) -> None:
    assume(foreign not in ALPHABETS[name])
    values = {"access_key_id": KEY, "secret_access_key": SECRET, "session_token": TOKEN}
    changed = values[name][:5] + foreign + values[name][6:]
    hostile = Credentials(**{**values, name: changed}, expires_at=CREDENTIALS.expires_at)
    with pytest.raises(Unwritable) as caught:
        texts(hostile)
    assert changed not in str(caught.value)


def test_credentials_of_an_sts_that_writes_them_otherwise_are_written() -> None:
    other = Credentials(
        "LSIAQ_1", "a-b_c.d", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-bmF0_dXJl", CREDENTIALS.expires_at
    )
    for text in texts(other).values():
        assert all(value in text for value in (other.access_key_id, other.secret_access_key, other.session_token))


@given(st.text(max_size=80))
def test_whatever_name_is_written_is_one_line_of_the_allowed_alphabet(name: str) -> None:
    try:
        first = texts(profile=name)["credentials-file"].splitlines()[0]
    except Unwritable:
        assert not PROFILE.fullmatch(name)
    else:
        assert first == f"[{name}]"


def test_printing_a_form_yields_no_secret() -> None:
    forms = formats_of(CREDENTIALS, profile="x", region="", account_id="111122223333")
    assert [repr(form) for form in forms] == [f"<Format {slug}, hidden>" for slug in SLUGS]


def test_botocore_reads_the_credentials_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "credentials"
    path.write_text(texts()["credentials-file"])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    session = botocore.session.Session(profile="example-sandbox-S3ReadOnly")
    found = session.get_credentials()
    assert (found.access_key, found.secret_key, found.token) == (KEY, SECRET, TOKEN)
    assert session.get_config_variable("region") == "eu-west-1"


def test_botocore_reads_the_json_of_a_credential_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, config = tmp_path / "answer.json", tmp_path / "config"
    answer.write_text(texts()["json"])
    config.write_text(f"[profile p]\ncredential_process = cat {answer}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    found = botocore.session.Session(profile="p").get_credentials().get_frozen_credentials()
    assert (found.access_key, found.secret_key, found.token, found.account_id) == (KEY, SECRET, TOKEN, "111122223333")


def test_the_json_has_the_shape_that_sdks_expect() -> None:
    answer = json.loads(texts()["json"])
    assert (answer["Version"], answer["Expiration"]) == (1, "2099-01-02T03:04:05Z")
    assert sorted(answer) == ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "SessionToken", "Version"]


@pytest.mark.parametrize("slug", ["bash", "fish", "powershell", "cmd", "nushell"])
def test_without_a_region_none_is_set(slug: str) -> None:
    assert "REGION" not in texts(region="")[slug]
