"""JSON from outside is a value or a ValueError, and its parts are walked without a recursion of ours."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import documents

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    "text", ["", "[", "[" * 100_000, '{"a":' * 100_000, "1" * 5_000, "NaN", "[-Infinity]", "[1 2]", b"\xff", b"\x00"]
)
def test_what_is_none_fails_in_one_way(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        documents.read(text)
    if isinstance(text, str):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text, cls=documents.Decoder)


@given(st.text() | st.binary())
def test_nothing_fails_in_another_way(text: str | bytes) -> None:
    with suppress(ValueError):
        documents.read(text)


@given(VALUES)
def test_what_is_json_is_read(value: object) -> None:
    assert documents.read(json.dumps(value)) == value


def test_everything_is_found_with_its_depth() -> None:
    found = list(documents.parts({"a": [1, {"b": "c"}], "d": None}))
    inner = [({"b": "c"}, 3), (1, 3), ("b", 3), ("c", 4)]
    assert sorted(map(repr, found)) == sorted(
        map(repr, [({"a": [1, {"b": "c"}], "d": None}, 1), ("a", 1), ("d", 1), ([1, {"b": "c"}], 2), (None, 2), *inner])
    )
