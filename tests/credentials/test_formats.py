import json
import string
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from credentials.formats import PROFILE, SLUGS, Format, Unwritable, formats_of
from credentials.secret import Credentials

KEY, SECRET, TOKEN = "ASIAQWERTYUIOPASDFGH", "aB3/" * 9 + "+=xY", "IQoJb3JpZ2luX2VjE/+=" * 40
CREDENTIALS = Credentials(KEY, SECRET, TOKEN, datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC))
WORD = string.ascii_letters + string.digits + "_"
ALPHABETS = {"access_key_id": WORD, "secret_access_key": WORD + "/+=.-", "session_token": WORD + "/+=.-"}


GIVEN = {"profile": "example-sandbox-S3ReadOnly", "region": "eu-west-1", "account_id": "111122223333"}


def forms(credentials: Credentials = CREDENTIALS, **values: str) -> list[Format]:
    return formats_of(
        credentials, **{**GIVEN, "name": "sandbox-S3", **values}, command=lambda profile: f"try {profile or 'it'}"
    )


def texts(credentials: Credentials = CREDENTIALS, **values: str) -> dict[str, str]:
    return {form.slug: form.text for form in forms(credentials, **values)}


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
    assert [repr(form) for form in forms(profile="x", region="")] == [f"<Format {slug}, hidden>" for slug in SLUGS]


def test_no_file_is_named_as_one_that_a_tool_reads_by_itself() -> None:
    """Saved into ~/.aws, it must take the place of nothing: neither AWS's files nor another role's."""
    names = [form.filename for form in forms()]
    assert names[:2] == ["aws-sandbox-S3.ini", "aws-sandbox-S3.sh"]
    assert len({*names, *(form.filename for form in forms(name="other-S3"))}) == 2 * len(SLUGS)
    assert {"credentials", "config"} & {name.partition(".")[0] for name in names} == set()


def test_what_is_read_in_is_the_file_that_was_saved() -> None:
    told = {form.slug: form.note for form in forms()}
    assert {slug for slug, note in told.items() if "Downloads" in note} == {"bash", "fish"}
    assert told["bash"].endswith(" . ~/Downloads/aws-sandbox-S3.sh")
    assert told["fish"].endswith(" source ~/Downloads/aws-sandbox-S3.fish")
    assert [note for note in told.values() if "{" in note] == []


def test_each_form_says_what_to_run_next() -> None:
    told = {form.slug: form.command for form in forms(profile="mine")}
    assert told == dict.fromkeys(SLUGS, "try it") | {"credentials-file": "try mine", "json": ""}


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
