"""What whoever starts a process with something wrong reads: one sentence and status 1, from every door."""

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.processes import ROOT
from tests import raised
from tests.test_architecture import modules

USABLE = {
    "PATH": os.environ["PATH"],
    "DAYPASS_BASE_URL": "https://daypass.example.com",
    "DAYPASS_SECRET_KEY": "a-key-that-is-only-for-this-test-and-fifty-letters-long",
    "DAYPASS_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "sqlite:///:memory:",
}
MANAGE = ["manage.py", "migrate", "--skip-checks"]  # they warn of what a test has no need of
WEB = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"]
WORKER = ["-m", "portal.worker"]
DOORS = [
    MANAGE,
    ["manage.py", "check"],
    ["manage.py", "runserver", "--noreload"],
    ["manage.py", "runserver"],
    WEB,
    WORKER,
    ["-m", "celery", "-A", "portal", "worker"],
    ["-m", "celery", "-A", "portal", "beat"],
    ["-m", "uvicorn", "portal.asgi:application"],
    ["-c", "import portal.wsgi"],
    ["-m", "portal.startup"],
]
TRIES = ["-m", "portal.startup"]
DATABASE = (
    "DATABASE_URL cannot be read. Write postgres://user:password@host:5432/daypass "
    "or sqlite:////var/lib/daypass/daypass.sqlite3"
)
FILE = "{folder}/file"
SECRET = "Zq7-s3cret"
# What is written to the file, the variables, and what is said; by the function that raises it.
WRONG: dict[str, tuple[bytes, dict[str, str], str]] = {
    "portal.env.boolean": (b"", {"DAYPASS_BREAK_GLASS": "maybe"}, "DAYPASS_BREAK_GLASS is 'maybe'."),
    "portal.env.integer": (b"", {"DAYPASS_BURST": "9" * 5000}, "DAYPASS_BURST is '999"),
    "portal.env.level": (b"", {"DAYPASS_LOG_LEVEL": "LOUD"}, "DAYPASS_LOG_LEVEL is 'LOUD'."),
    "portal.env.secret": (
        SECRET.encode("utf-16"),
        {"EMAIL_HOST_PASSWORD_FILE": FILE},
        "EMAIL_HOST_PASSWORD_FILE: {folder}/file cannot be read: it is UTF-16.",
    ),
    "portal.env.database": (b"", {"DATABASE_URL": f"mysql://u:{SECRET}@h/d"}, DATABASE),
    "portal.env.required": (b"", {"DAYPASS_BASE_URL": ""}, "DAYPASS_BASE_URL is not set."),
    "portal.env.origin": (b"", {"DAYPASS_BASE_URL": "https://[::1"}, "DAYPASS_BASE_URL is 'https://[::1'."),
    "portal.settings": (b"", {"DAYPASS_SIGNIN_ENDPOINT": "http://["}, "DAYPASS_SIGNIN_ENDPOINT is for a local AWS"),
    "portal.fit.demand": (b"", {}, "The database is not ready for this version. Run `make migrate` first."),
    "portal.broker._check": (
        b"",
        {"CELERY_BROKER_URL": f"redis://:{SECRET}#x@h/0"},
        "CELERY_BROKER_URL cannot be read.",
    ),
    "accounts.custody._parsed": (
        b"",
        {"DAYPASS_ENCRYPTION_KEYS": f"k1:{SECRET}"},
        "DAYPASS_ENCRYPTION_KEYS must be a comma-separated list of id:key",
    ),
    "roles.declared_administrators.check": (
        b"",
        {"DAYPASS_ADMINISTRATORS": "group:adfs:CN=A,OU=B"},
        "DAYPASS_ADMINISTRATORS: 'OU=B' is no principal.",
    ),
    "accounts.providers.file._tables": (
        b"\xef\xbb\xbf[providers",
        {"DAYPASS_PROVIDERS": FILE},
        "DAYPASS_PROVIDERS: {folder}/file is not TOML:",
    ),
    "accounts.providers.table.refuse": (
        b'[providers.okta]\nkind = "oidc"\nname = "Okta"',
        {"DAYPASS_PROVIDERS": FILE},
        "{folder}/file: provider 'okta', key 'domains':",
    ),
    "accounts.providers.file._refuse_twins": (
        b"".join(
            b'[providers.%s]\nkind="google"\nname="G"\nclient_id="same"\nclient_secret="env:PATH"\ndomains=["example.com"]\n'
            % name
            for name in (b"one", b"two")
        ),
        {"DAYPASS_PROVIDERS": FILE},
        "{folder}/file: provider 'two', key 'client_id': 'one' has the same.",
    ),
}
# Raised for a package that is not installed, which a process of this virtualenv cannot show: tests/accounts/saml.
# The second is raised for PostgreSQL alone: tests/portal/test_capacity.py.
ELSEWHERE = {"accounts.saml.extra.require", "portal.capacity.demand"}


def start(command: list[str], changes: dict[str, str]) -> tuple[int, list[str]]:
    environment = USABLE | changes | raised.environment()
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, [line for line in done.stderr.strip().splitlines() if "Starting gunicorn" not in line]


def raising(tree: ast.AST, name: str) -> set[str]:
    """Return the functions, by their module, that raise ImproperlyConfigured themselves."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise) and "ImproperlyConfigured" in ast.dump(node):
            found.add(name)
        module = name.partition(":")[0]
        found |= raising(node, f"{module}:{node.name}" if isinstance(node, ast.FunctionDef) else name)
    return found


def test_every_function_that_stops_a_start_is_tried_here() -> None:
    found = {name for module, path in modules() for name in raising(ast.parse(path.read_text()), module)}
    assert {name.replace(":", ".") for name in found} == {*WRONG, *ELSEWHERE}


@pytest.mark.parametrize("raiser", WRONG)
def test_whatever_is_wrong_is_said_in_one_sentence(tmp_path: Path, raiser: str) -> None:
    content, changes, said = WRONG[raiser]
    (tmp_path / "file").write_bytes(content)
    status, lines = start(TRIES, {name: value.format(folder=tmp_path) for name, value in changes.items()})
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith(f"Daypass cannot start. {said.format(folder=tmp_path)}")
    assert SECRET not in lines[0]


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_every_door_says_what_is_wrong_with_a_setting(door: list[str]) -> None:
    said = "Daypass cannot start. DAYPASS_LOG_LEVEL is 'LOUD'. Write one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
    assert start(door, {"DAYPASS_LOG_LEVEL": "LOUD"}) == (1, [said])


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_every_door_says_what_is_wrong_with_the_providers(door: list[str]) -> None:
    why = "/nowhere cannot be read: No such file or directory. Check the path and its rights."
    assert start(door, {"DAYPASS_PROVIDERS": "/nowhere"}) == (1, [f"Daypass cannot start. DAYPASS_PROVIDERS: {why}"])


def test_gunicorns_own_settings_are_said_as_well() -> None:
    said = "Daypass cannot start. DAYPASS_WORKERS is 'two'. Write a whole number from 1 to 256."
    assert start(WEB, {"DAYPASS_WORKERS": "two"}) == (1, [said])


@pytest.mark.parametrize("door", [MANAGE, WEB, WORKER, DOORS[6], DOORS[7], TRIES], ids=" ".join)
def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(door: list[str]) -> None:
    with socket.socket() as nobody:  # bound and never listening: nothing else can answer there
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        status, said = start(door, {"DATABASE_URL": f"postgres://u:{SECRET}@127.0.0.1:{port}/d"})
    why = f'connection failed: connection to server at "127.0.0.1", port {port} failed: Connection refused'
    sentence = f"The database cannot be used: {why}. Is it running, and is DATABASE_URL right?"
    assert (status, said) == (1, [sentence])


def test_a_worker_without_a_broker_says_who_does_its_work() -> None:
    status, said = start(WORKER, {"CELERY_BROKER_URL": ""})
    assert status == 2
    assert said[0].startswith("CELERY_BROKER_URL is not set, so the web process runs the worker itself.")


def test_what_is_right_starts(fits: dict[str, str]) -> None:
    assert start(TRIES, fits) == (0, [])


@pytest.fixture
def fits(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a database that `make run` has prepared."""
    made = {"DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite3'}"}
    assert start(["manage.py", "prepare", "--skip-checks", "--verbosity=0"], made) == (0, [])
    return made


@pytest.mark.parametrize("door", [WEB, WORKER, DOORS[6], DOORS[7], TRIES], ids=" ".join)
def test_none_starts_on_a_database_that_does_not_fit(fits: dict[str, str], door: list[str]) -> None:
    missing = "Daypass cannot start. The database is not ready for this version. Run `make migrate` first."
    another = "Daypass cannot start. The key k1 of DAYPASS_ENCRYPTION_KEYS is not the k1 that sealed what is kept here."
    assert start(door, {}) == (1, [missing])
    assert start(door, fits | {"DAYPASS_ENCRYPTION_KEYS": "k1:" + "B" * 43 + "="}) == (1, [another])


def test_a_new_key_in_front_is_marked_by_the_start(fits: dict[str, str]) -> None:
    both = {"DAYPASS_ENCRYPTION_KEYS": "k2:" + "B" * 43 + "=," + USABLE["DAYPASS_ENCRYPTION_KEYS"]}
    gone = "Daypass cannot start. DAYPASS_ENCRYPTION_KEYS has no key k2, which sealed what this database keeps."
    assert start(TRIES, fits | both) == (0, [])
    assert start(TRIES, fits) == (1, [gone])
