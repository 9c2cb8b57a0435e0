"""docs/settings.md names every variable that the code reads, and no other."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("portal", "accounts", "roles", "credentials", "audit", "sdk", "demo")
READERS = {"text", "boolean", "integer", "level", "words", "principals", "secret", "database", "get", "getenv"}
FROM_FILES_TOO = {"secret", "database"}
OURS = re.compile(r"(?:DAYPASS|EMAIL|CELERY|DATABASE)_[A-Z_]+")


def read_by(path: Path) -> set[str]:
    """Return the variables that a module reads through portal.env or os.environ."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READERS
            and node.args
        ):
            first = node.args[0]
            name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            if OURS.fullmatch(name):
                names |= {name, f"{name}_FILE"} if node.func.attr in FROM_FILES_TOO else {name}
    return names


def test_every_variable_is_documented_and_no_other() -> None:
    modules = [ROOT / "gunicorn.conf.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    read = set().union(*map(read_by, modules))
    documented = set(re.findall(rf"`({OURS.pattern})`", (ROOT / "docs/settings.md").read_text()))
    assert documented == read


ROW = re.compile(rf"^\| `({OURS.pattern})` \| ([0-9]+) \| .*\(([0-9]+) to ([0-9]+)\)", re.MULTILINE)


def numbers_in(path: Path) -> set[tuple[str, ...]]:
    """Return each number that a module reads: its name, what it usually is, the least and the most."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "integer":
            given = [*node.args, *(word.value for word in sorted(node.keywords, key=lambda word: str(word.arg)))]
            found.add(tuple(str(ast.literal_eval(value)) for value in given))
    return found


def test_every_number_is_documented_with_what_is_usual_and_allowed() -> None:
    modules = [ROOT / "gunicorn.conf.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    read = set().union(*map(numbers_in, modules))
    assert set(ROW.findall((ROOT / "docs/settings.md").read_text())) == read
