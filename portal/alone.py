"""One at a time: two processes that would change the same database's tables wait for each other.

On PostgreSQL by an advisory lock, asked for again and again: a statement that waits for one would hold a snapshot, and
an index that is built beside the traffic waits for all of those. On SQLite by a lock on the folder of the file.
"""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEY = 0x64617970617373  # "daypass"; anything else that locks in this database uses another number
LOOK_EVERY = 0.2  # seconds

_held: set[str] = set()  # a command may call another one


@contextmanager
def alone(database: str) -> Iterator[None]:
    """Wait until nobody else is inside for this database, say so, and keep others out meanwhile."""
    if database in _held:
        yield
        return
    connection = connections[database]
    lock = {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor]
    with lock(connection):
        _held.add(database)
        try:
            yield
        finally:
            _held.discard(database)


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEY])
            return bool(cursor.fetchone()[0])

    _wait(lambda: ask("pg_try_advisory_lock"))
    try:
        yield
    finally:
        ask("pg_advisory_unlock")


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's wrapper alone has it
        yield
        return
    # The folder, not the file: closing a file drops all locks that SQLite holds on it in this process.
    folder = os.open(Path(connection.settings_dict["NAME"]).resolve().parent, os.O_RDONLY)
    try:
        _wait(lambda: _lock(folder))
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(try_once: Callable[[], bool]) -> None:
    if try_once():
        return
    print("Another process is changing this database's tables; this one waits.", file=sys.stderr)  # noqa: T201 - said to whoever started it
    while not try_once():
        time.sleep(LOOK_EVERY)
