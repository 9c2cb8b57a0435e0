"""The processes under measurement: the local STS, the portal behind gunicorn, and the floor."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("DAYPASS_TEST_POSTGRESQL", "postgres://postgres@127.0.0.1:5432/postgres")
DATABASE = f"daypass_bench_{os.getpid()}"  # so that two runs do not meet
STARTS_WITHIN = 60


def environment(stub: str, port: int, folder: str, database: str) -> dict[str, str]:
    """Return a portal's environment that asks the stub; DEVELOPMENT only for plain http on loopback.

    A broker is named so that Celery's work is not done, and not counted, in the web process; nobody need listen
    there, since issuing writes to the outbox and never to the broker.
    """
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DAYPASS_DEVELOPMENT": "true",
        "DAYPASS_BASE_URL": f"http://127.0.0.1:{port}",
        "DAYPASS_BIND": f"127.0.0.1:{port}",
        "DAYPASS_SECRET_KEY": secrets.token_urlsafe(50),
        "DAYPASS_ENCRYPTION_KEYS": "bench:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "DAYPASS_PROVIDERS": "",
        "DAYPASS_STATIC_ROOT": f"{folder}/static",
        "DAYPASS_LOG_LEVEL": "WARNING",
        "DAYPASS_TAKES_PER_MINUTE": "1000000",  # one person takes for all
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": "redis://127.0.0.1:6379/9",
        "AWS_ENDPOINT_URL_STS": stub,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "x" * 40,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def fresh_database(folder: str) -> Iterator[str]:
    """Give the address of an empty database, PostgreSQL's where one answers, else SQLite's; drop it afterwards."""
    try:
        administer(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        yield f"sqlite:///{folder}/bench.sqlite3"
        return
    try:
        yield SERVER.rpartition("/")[0] + f"/{DATABASE}"
    finally:
        administer(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def administer(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=2) as connection:
        connection.execute(statement.encode())  # our own words and a number


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def stub() -> Iterator[str]:
    """Start the local STS and give its address."""
    command = [sys.executable, "-m", "bench.stub"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - PIPE was asked for
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


@contextmanager
def portal(settings: dict[str, str]) -> Iterator[psutil.Process]:
    """Start the portal as `make run` does and give its parent process."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"]
    with subprocess.Popen(command, cwd=ROOT, env=settings, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(settings["DAYPASS_BASE_URL"] + "/readyz")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {STARTS_WITHIN} seconds")


def cpu_seconds(parent: psutil.Process) -> float:
    """Return the CPU that a process and its children have used, user and system."""
    family = [parent, *parent.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in family))


def floor(stub_url: str, callers: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.floor", "--endpoint", stub_url, "--callers", str(callers)]
    done = subprocess.run([*command, "--seconds", str(seconds)], cwd=ROOT, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def tell(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
        return str(answer.read().decode())
