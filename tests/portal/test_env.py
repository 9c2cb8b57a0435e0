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


@pytest.mark.parametrize("value", ["-1", "11", "1.5", "٣", "1e3", "0x1"])
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


def test_a_secret_file_that_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAYPASS_X_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="DAYPASS_X_FILE cannot be read"):
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
    ],
)
def test_an_address_that_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="without a path"):
        env.origin("DAYPASS_BASE_URL", value, plain_http_on_loopback=True)


def test_plain_http_is_for_loopback_in_development_only() -> None:
    assert env.origin("X", "http://127.0.0.1:8000", plain_http_on_loopback=True) == "http://127.0.0.1:8000"
    with pytest.raises(ImproperlyConfigured):
        env.origin("X", "http://127.0.0.1:8000", plain_http_on_loopback=False)
