"""The house's rules that a reader relies on: who may import whom, who speaks to AWS, nothing undeclared."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.tags import Tag

ROOT = Path(__file__).parents[1]
# Left never imports right. audit has two halves: what everybody writes with, and Celery's room that reads everything.
LEDGER = {"audit.models", "audit.record", "audit.tags", "audit.outbox", "audit.append_only"}
ORDER = ["ledger", "accounts", "roles", "credentials", "audit", "sdk", "portal"]
SHARED = {
    "portal.deadline",
    "portal.documents",
    "portal.outgoing",
    "portal.edge",
    "portal.env",
    "portal.files",
    "portal.http",
    "portal.masking",
    "portal.names",
    "portal.celery",
    "portal.compiled",
    "portal.context",
    "portal.errors",
    "portal.texts",
    "portal.programs",
    "portal.times",
    "portal.outage",
}
READ_WHAT_IS_OURS = {"accounts.google_groups.ask", "accounts.saml.waiting", "sdk.sharing"}
MAY_IMPORT_BOTO3 = {"credentials.aws", "sdk.rule_set"}  # the second reads a file of botocore's


def modules() -> Iterator[tuple[str, Path]]:
    for room in ("accounts", "roles", "credentials", "audit", "sdk", "portal"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def place(module: str) -> int:
    if module in LEDGER:
        return ORDER.index("ledger")
    return ORDER.index(module.partition(".")[0])


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_left_never_imports_right(module: str, path: Path) -> None:
    known = {name for name, _ in modules()}
    ours = (imports(path) & known) - SHARED
    if module in SHARED or module.endswith(".admin"):
        return
    assert {name for name in ours if place(name) > place(module)} == set()


def test_one_module_speaks_to_aws() -> None:
    speakers = {
        module for module, path in modules() if any(name.startswith(("boto3", "botocore")) for name in imports(path))
    }
    assert speakers - MAY_IMPORT_BOTO3 == set()


def test_one_rule_says_what_a_line_of_text_is() -> None:
    """``str.isprintable()`` refuses letters that names hold in many languages: portal.texts has the rule."""
    others = {
        module
        for module, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "isprintable"
    }
    assert others == set()


def test_one_module_makes_a_date_of_a_number() -> None:
    """A number from outside may be NaN or have 400 digits: portal.times refuses it in one way."""
    makers = {
        module
        for module, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"fromtimestamp", "utcfromtimestamp", "gmtime", "localtime"}
    }
    assert makers == {"portal.times"}


def test_one_module_reads_json() -> None:
    """It may be nested by the thousand, or hold a number of 5,000 digits: portal.documents refuses it in one way."""
    readers = {module for module, path in modules() if calls(path) & {"json.load", "json.loads"}}
    assert readers == {"portal.documents", *READ_WHAT_IS_OURS}


HTTP_CLIENTS = {"requests", "urllib3", "httpx", "httpx2", "aiohttp", "httplib2", "urllib.request", "http.client"}
HTTP_CLIENTS |= {"google.auth.transport.requests", "google.auth.transport.urllib3", "google_auth_httplib2", "pycurl"}


def is_http_client(name: str) -> bool:
    return any(name == client or name.startswith(f"{client}.") for client in HTTP_CLIENTS)


def calls(path: Path) -> set[str]:
    """Return what a module calls of the modules that it imports, such as requests.get."""
    found = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {ast.unparse(called) for called in found}


def test_one_module_speaks_http() -> None:
    """The others may name a type of these libraries, and call nothing of theirs."""
    speakers = {
        module: sorted(called for called in calls(path) if is_http_client(called))
        for module, path in modules()
        if module != "portal.outgoing" and any(is_http_client(name) for name in imports(path))
    }
    assert speakers == {
        "accounts.google_groups.wire": ["httplib2.Response"],  # the face that Google's library wants
        "credentials.console": [],  # the type of its connections
    }


REFUSALS = {tag.name for tag in Tag if tag.endswith("refuse")}
# They hand on a tag that is no refusal: of a sign-in, a factor, a session's fate, a change of the catalog, a job.
HAND_ON = {"accounts.start", "accounts.second_factor.change", "credentials.evidence", "roles.ledger", "audit.runner"}


def tags_recorded(path: Path) -> Iterator[set[str]]:
    """Return for each call of record() the tags and the variables that its first argument names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "record":
            parts = list(ast.walk(node.args[0]))
            yield {part.attr for part in parts if isinstance(part, ast.Attribute)} | {
                part.id for part in parts if isinstance(part, ast.Name) and part.id != "Tag"
            }


def test_no_refusal_is_written_but_by_what_counts_them() -> None:
    """Whoever is refused can ask again without end: accounts.refusal_log keeps the ledger from being flooded."""
    assert len(REFUSALS) > 8
    told = {module: list(tags_recorded(path)) for module, path in modules() if module != "accounts.refusal_log"}
    assert {module for module, calls in told.items() if any(tags & REFUSALS for tags in calls)} == set()
    assert {module for module, calls in told.items() if any(tags - set(Tag.__members__) for tags in calls)} == HAND_ON


def test_one_module_reads_what_people_write() -> None:
    """Another one would keep a byte order mark, or answer with a traceback: portal.files does neither."""
    others = {
        module
        for module, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and opens_a_file(node)
    }
    assert others == {"portal.files", "portal.alone"}  # the second locks a folder and reads nothing


def opens_a_file(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id == "open"
    named = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    custody = named == "open" and any(keyword.arg == "context" for keyword in call.keywords)
    return named in {"read_text", "read_bytes", "open", "fdopen"} and not custody and not by_files(call)


def by_files(call: ast.Call) -> bool:
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(of, ast.Name) and of.id == "files"


def test_production_code_never_imports_the_demo_or_the_tests() -> None:
    foreign = {
        module for module, path in modules() if any(name.startswith(("demo", "tests")) for name in imports(path))
    }
    assert foreign == set()


def test_no_migration_is_missing() -> None:
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(
        command, cwd=ROOT, env={"DJANGO_SETTINGS_MODULE": "tests.settings"}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


def test_no_file_holds_what_a_merge_leaves_behind() -> None:
    """As `make lint` says it, of every file that git knows."""
    marker = re.compile(rb"^([<|>]{7}( |\r?$)|={7}\r?$)", re.MULTILINE)
    assert len(tracked()) > 100
    assert [str(path) for path in tracked() if marker.search(path.read_bytes())] == []


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    return [path for name in listed.split(b"\0") if name and (path := ROOT / os.fsdecode(name)).is_file()]
