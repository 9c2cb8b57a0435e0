"""A number from outside is a moment or refused, and fails in no other way."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.times import is_of_a_year, moment


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_790_000_000, datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        (1_790_000_000.5, datetime(2026, 9, 21, 14, 13, 20, 500_000, tzinfo=UTC)),
        (253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_seconds_since_1970_are_a_moment(value: float, expected: datetime) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *(-1, -0.5, 253_402_300_800, 10**400, -(10**400), 1e300, float("inf"), float("-inf"), float("nan")),
        *(True, False, None, "", "1790000000", [], [1], {}, b"1"),
    ],
)
def test_anything_else_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="no moment"):
        moment(value)


@given(st.integers() | st.floats() | st.text() | st.none() | st.booleans() | st.lists(st.integers()))
def test_nothing_fails_in_another_way(value: object) -> None:
    with suppress(ValueError):
        assert moment(value).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("0001-01-01T00:00:00+00:00", True),
        ("0001-01-01T00:00:00+00:01", False),
        ("9999-12-31T23:59:59+00:00", True),
        ("9999-12-31T23:59:59-00:01", False),
    ],
)
def test_a_time_is_of_a_year_in_utc(text: str, is_kept: object) -> None:
    assert is_of_a_year(datetime.fromisoformat(text)) is is_kept
