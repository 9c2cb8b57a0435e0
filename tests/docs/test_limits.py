"""docs/operations.md names every limit of every room with its numbers, and no other."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from accounts.limits import Limit
from tests.test_architecture import modules

PAGE = Path(__file__).parents[2] / "docs/operations.md"
ROW = re.compile(
    r"^\| `(\w+)` \| (?:network|person|person, network|provider|nobody) \| (\d+) \| (\d+) \|", re.MULTILINE
)


def made(path: Path) -> int:
    """Return how many limits a module makes, wherever in it."""
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return sum(isinstance(name, ast.Name) and name.id == "Limit" for name in called)


def found() -> Iterator[Limit]:
    for module, path in modules():
        if number := made(path):
            here = [value for value in vars(import_module(module)).values() if isinstance(value, Limit)]
            assert len(here) >= number, f"{module} makes a limit inside a function"
            yield from here


def test_every_limit_is_documented_and_no_other() -> None:
    documented = [Limit(what, int(most), int(seconds)) for what, most, seconds in ROW.findall(PAGE.read_text())]
    assert (set(documented), len(documented)) == (set(found()), len(set(documented)))


def test_no_two_limits_share_a_counter() -> None:
    names = [limit.what for limit in set(found())]
    assert len(names) == len(set(names))
