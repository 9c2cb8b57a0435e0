"""The list of refusals that no test executes finds them itself, and its notes change nothing."""

import ast
import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from tests import __main__ as runner
from tests import lanes, raised

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


@pytest.mark.parametrize("command", ["from portal.env import required; required('X', '', '')", "import portal.env"])
def test_a_process_that_a_test_starts_notes_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv(raised.VARIABLE, str(tmp_path))
    before = raised.missed(tmp_path)
    subprocess.run(
        [sys.executable, "-c", command], cwd=raised.ROOT, env=os.environ | raised.environment(), capture_output=True
    )
    tree = ast.parse((raised.ROOT / "portal/env.py").read_bytes())
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "required"]
    came_to = {f"portal/env.py:{line}" for line in raised.raises_in(function) if "required(" in command}
    assert set(before) - set(raised.missed(tmp_path)) == came_to
    monkeypatch.delenv(raised.VARIABLE)
    assert raised.environment() == {}


@pytest.mark.parametrize(
    ("missed", "left_out", "code"),
    [([], {}, 0), (["portal/env.py:1"], {}, 1), (["portal/env.py:1"], {"redis": "nobody answers"}, 0)],
)
def test_a_refusal_that_nothing_executes_fails_the_run_if_every_lane_was_there(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    missed: list[str],
    left_out: dict[str, str],
    code: int,
) -> None:
    watched: list[str] = []

    def run(title: str, arguments: list[str], **environment: str) -> int:
        watched.append(f"{title}: {Path(environment[raised.VARIABLE]).is_dir()}")
        return 0

    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setattr(lanes, "missing", lambda: left_out)
    monkeypatch.setattr(raised, "missed", lambda folder: missed)
    monkeypatch.setattr(sys, "argv", ["tests"])
    monkeypatch.delenv("DAYPASS_TEST_LANES", raising=False)
    assert (runner.main(), watched) == (code, ["SQLite: True", "PostgreSQL: True"])
    named = [line for line in capsys.readouterr().out.splitlines() if line.startswith("No test")]
    assert named == [f"No test executes the raise at {place}." for place in missed]
