"""Whatever stands in a catalog file: it comes in, or it is refused in words, and then nothing has changed."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.transfer import CannotImport, as_json, bring_in, exported
from tests.conftest import PRODUCTION, MakeRole
from tests.roles.test_transfer import ALICE, document

__all__ = ["document"]
pytestmark = pytest.mark.django_db
LATE, EARLY = "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
LEAVES |= st.sampled_from([LATE, EARLY, "2031-01-31T18:00:00Z", "x" * 10_000, "\ud800", "a\0b", 2**63, 10**400, ALICE])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


def places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to everything in the document."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, inner in steps:
        yield (*way, step)
        yield from places(inner, (*way, step))


def test_what_is_written_where(document: Any, make_role: MakeRole) -> None:
    """Each value is tried at each place that a document has, found by walking through one."""
    make_role("Bystander", "user:bob@example.com", account=PRODUCTION)
    before = json.loads(as_json(exported()))
    ways = list(places(document))

    @settings(max_examples=100)
    @given(way=st.sampled_from(ways), value=VALUES)
    def try_one(way: tuple[Any, ...], value: Any) -> None:
        changed = copy.deepcopy(document)
        place = changed
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = value
        with suppress(CannotImport):
            bring_in(changed)
        assert json.loads(as_json(exported())) == before

    try_one()
