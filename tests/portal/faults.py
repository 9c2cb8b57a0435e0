"""What happens to a database, done to the connection of this test: down, cut off, out of connections, read-only."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests import lanes


@contextmanager
def down() -> Iterator[None]:
    """Let every new connection be refused: nothing listens at that port."""
    with _elsewhere(PORT="1"):
        yield


@contextmanager
def full() -> Iterator[None]:
    """Connect as somebody who may have no connection more."""
    name = f"daypass_test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(lanes.POSTGRESQL_URL, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0")
        try:
            with _elsewhere(USER=name):
                yield
        finally:
            server.execute(f"DROP ROLE {name}")


@contextmanager
def _elsewhere(**settings: str) -> Iterator[None]:
    before = {name: connection.settings_dict[name] for name in settings}
    connection.close()
    connection.settings_dict.update(settings)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def cut() -> Iterator[None]:
    """End the connection as an administrator does, while a request holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with psycopg.connect(lanes.POSTGRESQL_URL, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [pid])
    try:
        yield
    finally:
        connection.close()


@contextmanager
def read_only() -> Iterator[None]:
    """Read on, and refuse to write: a standby, a database that is being moved, a disk that is full."""
    on, off = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


READ_ONLY = {
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
}
EVERYTHING = {"down": down, "full": full, "cut": cut}
