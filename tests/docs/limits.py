"""The table of limits in docs/operations.md, made of the limits: ``python -m tests.docs.limits`` writes it."""

import ast
import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from tests.test_architecture import modules

PAGE = Path(__file__).parents[2] / "docs/operations.md"
HEAD = "| limit | counted by | most | seconds | what it is |\n|---|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def made(path: Path) -> int:
    """Return how many limits a module makes, wherever in it."""
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return sum(isinstance(name, ast.Name) and name.id == "Limit" for name in called)


def limits() -> Iterator[Any]:
    """Return every limit of every room once, in the order of the modules."""
    for module, path in modules():
        if number := made(path):
            found = [value for value in vars(import_module(module)).values() if type(value).__name__ == "Limit"]
            assert len(found) >= number, f"{module} makes a limit inside a function"
            yield from found


def table() -> str:
    rows = [
        f"| `{one.what}` | {one.by} | {one.most} | {one.seconds} | {one.about} |\n" for one in dict.fromkeys(limits())
    ]
    return HEAD + "".join(rows)


def written(page: str) -> str:
    """Return the page with the table of now."""
    return TABLE.sub(lambda _: table(), page)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(written(PAGE.read_text()))
