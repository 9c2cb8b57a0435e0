"""Databases that nobody migrated yet, and Daypass's commands run on them as processes of their own."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connection

from tests import lanes, raised
from tests.audit.world import ENVIRONMENT, ROOT


@contextmanager
def empty(folder: Path) -> Iterator[str]:
    """Make one of the kind that this run tests, and return its address."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'own.sqlite3'}"
        return
    name = f"daypass_own_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(lanes.POSTGRESQL_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield address(name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address(database: str, login: str = "") -> str:
    """Return the address of a database of the lane's server, for its own role or for ``name:password``."""
    parts = urlsplit(lanes.POSTGRESQL_URL)
    own, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login or own}@{host}", path=f"/{database}").geturl()


def start(url: str, *command: str, **changes: str) -> "subprocess.Popen[str]":
    environment = os.environ | ENVIRONMENT | {"DATABASE_URL": url} | changes | raised.environment()
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Wait for it; return its status and what it said to whoever started it, system checks' warnings aside."""
    out, err = process.communicate(timeout=120)
    return process.returncode, err.strip() or out.strip()


def run(url: str, *command: str, **changes: str) -> tuple[int, str]:
    return end(start(url, *command, **changes))
