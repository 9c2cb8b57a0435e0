"""The list of refusals that no test executes finds them itself, and its notes change nothing."""

import ast
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from tests import raised

SOURCE = '''"""A room."""

from __future__ import annotations


def refuse(kind: str) -> None:
    if kind == "a":
        raise LookupError(kind)
    try:
        raise KeyError(kind)
    except KeyError:
        raise
'''


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A room of its own with one module, loaded as a run of all tests loads them."""
    monkeypatch.setattr(raised, "ROOT", tmp_path)
    monkeypatch.setattr(raised, "ROOMS", ("room",))
    monkeypatch.setattr(raised, "_came_to", set())
    monkeypatch.setenv(raised.VARIABLE, str(tmp_path / "noted"))
    (tmp_path / "room").mkdir()
    (tmp_path / "noted").mkdir()
    (tmp_path / "room" / "made.py").write_text(SOURCE)
    found = raised.Finder().find_spec("room.made", [str(tmp_path / "room")])
    assert found is not None
    return loaded(found)


def loaded(spec: ModuleSpec) -> ModuleType:
    module = ModuleType(spec.name)
    assert isinstance(spec.loader, raised.Loader)
    spec.loader.exec_module(module)
    return module


def test_what_no_test_executes_is_listed(room: ModuleType, tmp_path: Path) -> None:
    raised.keep()
    assert raised.missed(tmp_path / "noted") == [f"room/made.py:{line}" for line in (8, 10, 12)]
    for kind, error, left in (("b", KeyError, ["room/made.py:8"]), ("a", LookupError, [])):
        with pytest.raises(error) as caught:
            room.refuse(kind)
        raised.keep()
        assert raised.missed(tmp_path / "noted") == left
    assert caught.traceback[-1].lineno == 7  # counted from 0


def test_other_modules_and_usual_runs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised.Finder().find_spec("json", None) is None
    monkeypatch.delenv(raised.VARIABLE, raising=False)
    before = list(sys.meta_path)
    raised.watch()
    raised.keep()
    assert sys.meta_path == before


def test_every_room_has_its_raise_statements() -> None:
    rooms = {place.partition("/")[0] for place in raised.statements()}
    assert rooms == set(raised.ROOMS)
    assert raised.raises_in(ast.parse("raise A\ndef f():\n raise B")) == [1, 3]
