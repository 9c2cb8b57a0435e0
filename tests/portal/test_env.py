from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env


@pytest.mark.parametrize("value", ["yes please", "2", "tru"])
def test_a_boolean_that_is_none_names_the_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DAYPASS_X", value)
    with pytest.raises(ImproperlyConfigured, match=r"^DAYPASS_X is .* Write true or false\.$"):
        env.boolean("DAYPASS_X", default=False)


@pytest.mark.parametrize(
    ("value", "meaning"), [("true", True), ("ON", True), ("0", False), (" no ", False), ("", True)]
)
def test_booleans(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:  # noqa: FBT001 - a table
    monkeypatch.setenv("DAYPASS_X", value)
    assert env.boolean("DAYPASS_X", default=True) is meaning


@pytest.mark.parametrize("value", ["-1", "11", "1.5", "٣", "1e3", "0x1", "9" * 5000])
def test_an_integer_out_of_range_names_the_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DAYPASS_X", value)
    with pytest.raises(ImproperlyConfigured, match=r"DAYPASS_X is .* from 0 to 10"):
        env.integer("DAYPASS_X", 5, least=0, most=10)


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "key"))
    assert env.secret("DAYPASS_X") == "s3cret"


def test_a_secret_twice_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAYPASS_X", "s3cret")
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured) as error:
        env.secret("DAYPASS_X")
    assert str(error.value) == "Both DAYPASS_X and DAYPASS_X_FILE are set. Keep one of them."


def test_the_least_and_the_most_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("2", "10"):
        monkeypatch.setenv("DAYPASS_X", value)
        assert env.integer("DAYPASS_X", 5, least=2, most=10) == int(value)
    monkeypatch.setenv("DAYPASS_X", "1")
    with pytest.raises(ImproperlyConfigured, match="from 2 to 10"):
        env.integer("DAYPASS_X", 5, least=2, most=10)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("user:a@b.example, group:adfs:X ,", ["user:a@b.example", "group:adfs:X"]),
        (r"group:adfs:CN=A\,OU=B,user:a@b.example", ["group:adfs:CN=A,OU=B", "user:a@b.example"]),
        ("group:adfs:CN=A,OU=B;user:a@b.example", ["group:adfs:CN=A,OU=B", "user:a@b.example"]),
        ("group:adfs:CN=A,OU=B;", ["group:adfs:CN=A,OU=B"]),
        (r"group:adfs:A\;B,C;user:a@b.example", ["group:adfs:A;B,C", "user:a@b.example"]),
        ("group:adfs:CN=A\\,B,OU=C\n\nuser:a@b.example\n", ["group:adfs:CN=A\\,B,OU=C", "user:a@b.example"]),
        (r"group:adfs:CORP\Admins", [r"group:adfs:CORP\Admins"]),
        ("", []),
    ],
)
def test_principals_may_hold_commas(monkeypatch: pytest.MonkeyPatch, value: str, items: list[str]) -> None:
    monkeypatch.setenv("DAYPASS_X", value)
    assert env.principals("DAYPASS_X") == items


def test_a_secret_file_from_windows_is_read_as_it_was_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xef\xbb\xbfs3cret\r\n")
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "key"))
    assert env.secret("DAYPASS_X") == "s3cret"


def test_a_secret_file_that_is_empty_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match=r"DAYPASS_X_FILE: .*/key is empty\."):
        env.secret("DAYPASS_X")


def test_a_secret_file_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"DAYPASS_X_FILE: .*/none cannot be read: No such file"):
        env.secret("DAYPASS_X")


@pytest.mark.parametrize(
    "value",
    [
        "http://daypass.example.com",
        "https://daypass.example.com/portal",
        "https://user@daypass.example.com",
        "https://daypass.example.com?x=1",
        "daypass.example.com",
        "https://",
        "ftp://127.0.0.1",
        "https://@daypass.example.com",
        "https://daypass.example.com#x",
        "https://[::1",
        "https://daypass.example.com:99999",
        "https://day pass.example.com",
        "https://under_score.example.com",
    ],
)
def test_an_address_that_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="without a path"):
        env.origin("DAYPASS_BASE_URL", value, plain_http_on_loopback=True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Daypass.Example.com:443/", "https://daypass.example.com"),
        ("https://daypass.example.com:8443", "https://daypass.example.com:8443"),
        ("https://dägpass.example", "https://xn--dgpass-bua.example"),
        ("https://[0:0::1]:8443", "https://[::1]:8443"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_an_address_is_what_browsers_make_of_it(written: str, meant: str) -> None:
    assert env.origin("X", written, plain_http_on_loopback=True) == meant


def test_plain_http_is_for_loopback_in_development_only() -> None:
    assert env.origin("X", "http://127.0.0.1:8000", plain_http_on_loopback=True) == "http://127.0.0.1:8000"
    with pytest.raises(ImproperlyConfigured):
        env.origin("X", "http://127.0.0.1:8000", plain_http_on_loopback=False)


@pytest.mark.parametrize(
    ("address", "local"),
    [("http://127.0.0.1:1/x", True), ("http://[::1]", True), ("https://aws.example", False), ("http://[", False)],
)
def test_what_is_on_this_machine(address: str, local: bool) -> None:  # noqa: FBT001 - a table
    assert env.is_loopback(address) is local


def test_a_level_is_one_of_logging_and_info_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYPASS_X", "warning")
    assert (env.level("DAYPASS_X"), env.level("DAYPASS_Y")) == ("WARNING", "INFO")


def test_words_are_trimmed_and_empty_ones_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYPASS_X", " a ,, b")
    assert (env.words("DAYPASS_X"), env.words("DAYPASS_Y", "c")) == (["a", "b"], ["c"])
