"""Which ``raise`` statements a run of the tests executes: a refusal that nothing runs is held by nothing.

With DAYPASS_TEST_RAISED=folder each process notes the statements that it came to, by rewriting the rooms as they are
imported. So does each process that tests start with ``environment()``, by tests/watched/sitecustomize.py.
tests/__main__.py compares at the end of a whole run, and names those that no test executes.
"""

import ast
import builtins
import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

VARIABLE = "DAYPASS_TEST_RAISED"
ROOT = Path(__file__).parents[1]
ROOMS = ("accounts", "audit", "credentials", "portal", "roles", "sdk")
NOTE = "__came_to_raise__"

_came_to: set[str] = set()


def watch() -> None:
    """Rewrite the rooms from here on, if this run is to know."""
    if os.environ.get(VARIABLE):
        vars(builtins)[NOTE] = _came_to.add  # for ``-m``, which runs a module's code without its loader
        sys.meta_path.insert(0, Finder())


def environment() -> dict[str, str]:
    """Return the variables by which a process that a test starts is watched too; none where this run is not."""
    folder = os.environ.get(VARIABLE)
    return {VARIABLE: folder, "PYTHONPATH": str(ROOT / "tests/watched")} if folder else {}


def keep() -> None:
    """Leave what this process came to for the comparison."""
    if folder := os.environ.get(VARIABLE):
        (Path(folder) / uuid.uuid4().hex).write_text("\n".join(sorted(_came_to)))


def missed(folder: Path) -> list[str]:
    """Return the statements that no process came to, as ``path:line``."""
    came_to = {line for path in folder.iterdir() for line in path.read_text().splitlines()}
    return [place for place in statements() if place not in came_to]


def statements() -> Iterator[str]:
    """Yield every ``raise`` of the rooms."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield from (f"{name}:{line}" for line in raises_in(ast.parse(path.read_bytes())))


def raises_in(tree: ast.AST) -> list[int]:
    return sorted(node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise))


class Finder(MetaPathFinder):
    """Finds the rooms' modules where Python does, and has them loaded by ours."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in ROOMS:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found and type(found.loader) is SourceFileLoader:
            found.loader = Loader(fullname, found.loader.path)
        return found


class Loader(SourceFileLoader):
    """Compiles a module with a note before each of its ``raise`` statements; nothing of it is cached."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[NOTE] = _came_to.add
        super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType:
        name = Path(self.path).relative_to(ROOT).as_posix()
        tree = Noting(name).visit(ast.parse(self.get_data(self.path), self.path))
        code: CodeType = compile(tree, self.path, "exec")
        return code


class Noting(ast.NodeTransformer):
    """Puts a note before each ``raise``, on its own line, so that tracebacks stay as they are."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Raise(self, node: ast.Raise) -> list[ast.stmt]:
        call = ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(f"{self.name}:{node.lineno}")], [])
        note = ast.copy_location(ast.Expr(call), node)
        return [ast.fix_missing_locations(note), node]
