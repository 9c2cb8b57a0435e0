"""What whoever starts a process with wrong settings reads: one sentence, from every door."""

import os
import subprocess
import sys

import pytest

from demo.processes import ROOT

USABLE = {
    "PATH": os.environ["PATH"],
    "DAYPASS_BASE_URL": "https://daypass.example.com",
    "DAYPASS_SECRET_KEY": "a-key-that-is-only-for-this-test-and-fifty-letters-long",
    "DAYPASS_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=",
}
MANAGE = ["manage.py", "migrate"]
WEB = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"]
WORKER = ["-m", "portal.worker"]
DATABASE = (
    "cannot be read. Write postgres://user:password@host:5432/daypass or sqlite:////var/lib/daypass/daypass.sqlite3"
)
WRONG = [
    (
        MANAGE,
        {"DAYPASS_BASE_URL": ""},
        "DAYPASS_BASE_URL is not set. Write the address people use: https://daypass.example.com",
    ),
    (
        WEB,
        {"DAYPASS_LOG_LEVEL": "LOUD"},
        "DAYPASS_LOG_LEVEL is 'LOUD'. Write one of DEBUG, INFO, WARNING, ERROR, CRITICAL.",
    ),
    (WEB, {"DAYPASS_WORKERS": "two"}, "DAYPASS_WORKERS is 'two'. Write a whole number from 1 to 256."),
    (WORKER, {"DATABASE_URL": "nonsense:secret"}, f"DATABASE_URL {DATABASE}"),
    (MANAGE, {"DATABASE_URL": "mysql://u:secret@h/d"}, f"DATABASE_URL {DATABASE}"),
]


def start(command: list[str], changes: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=USABLE | changes,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(("command", "changes", "sentence"), WRONG)
def test_wrong_settings_are_said_in_one_sentence(command: list[str], changes: dict[str, str], sentence: str) -> None:
    status, said = start(command, changes)
    lines = [line for line in said.splitlines() if "Starting gunicorn" not in line]
    assert (status, lines) == (1, [f"Daypass cannot start. {sentence}"])


def test_a_database_that_cannot_be_opened_is_said_in_one_sentence() -> None:
    status, said = start(MANAGE, {"DATABASE_URL": "sqlite:////nowhere/daypass.sqlite3"})
    remedy = "Is it running, and is DATABASE_URL right?"
    assert (status, said) == (1, f"The database cannot be used: unable to open database file. {remedy}")


def test_a_worker_without_a_broker_says_who_does_its_work() -> None:
    status, said = start(WORKER, {"CELERY_BROKER_URL": ""})
    assert status == 2
    assert said.startswith("CELERY_BROKER_URL is not set, so the web process runs the worker itself.")
