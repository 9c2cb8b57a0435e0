"""Moments as SAML writes them: in UTC, to the digit; whatever else is none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounts.saml import times

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-11-23T12:00:00Z", 0),
        ("2026-11-23T12:00:00", 0),
        ("2026-11-23T12:00:00+00:00", 0),
        ("2026-11-23T12:00:00.5Z", 500_000),
        ("2026-11-23T12:00:00.000001Z", 1),
        ("2026-11-23T12:00:00.123456789012Z", 123_456),
    ],
)
def test_a_moment_is_read_to_the_microsecond(text: str, microseconds: int) -> None:
    found = times.read(text)
    assert found == NOON + timedelta(microseconds=microseconds)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "soon",
        "2026-11-23",
        "2026-11-23 12:00:00Z",
        "2026-11-23T12:00Z",
        "2026-11-23T12:00:00+01:00",
        "2026-11-23T12:00:00-00:00",
        "2026-11-23T12:00:00.Z",
        "2026-11-23T12:00:00.1234567890123Z",
        "2026-11-23T12:00:60Z",
        "2026-02-30T12:00:00Z",
        "0000-11-23T12:00:00Z",
        "12026-11-23T12:00:00Z",
        "2026-11-23T12:00:00Z ",
        "2026-11-23T12:00:00Z\n",
        "\u0662\u0660\u0662\u0666-11-23T12:00:00Z",
    ],
)
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert times.read(text) is None


def test_a_moment_is_written_in_utc() -> None:
    assert times.written(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-11-23T12:00:00Z"


def test_the_leeway_is_a_minute() -> None:
    assert timedelta(minutes=1) == times.LEEWAY
