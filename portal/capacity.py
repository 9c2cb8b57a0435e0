"""How many connections this machine's web processes can need, and whether PostgreSQL gives that many.

Each thread keeps a connection of its own, and so does each thread of an embedded worker: opening one takes longer than
most requests, and a pool with fewer would make people wait for one another's calls to STS.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from portal import embedded, size

ASK = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0),
       rolconnlimit, datconnlimit
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
TOO_FEW = (
    "{workers} processes with {threads} threads each can need {needed} connections, and {who} allows {allowed}. "
    "Lower DAYPASS_WORKERS or DAYPASS_THREADS, or allow {needed} (docs/operations.md, Connections)."
)


def demand() -> None:
    """Refuse a start that could run out of connections."""
    if found := problems():
        raise ImproperlyConfigured(found[0])


def problems() -> list[str]:
    """Say with the numbers that connections can run out; nothing where they cannot."""
    if connection.vendor != "postgresql":
        return []
    who, allowed = _allowed()
    if needed() <= allowed:
        return []
    return [TOO_FEW.format(workers=size.workers(), threads=size.threads(), needed=needed(), who=who, allowed=allowed)]


def needed() -> int:
    jobs = embedded.THREADS if settings.DAYPASS_EMBEDDED_WORKER else 0
    return size.workers() * (size.threads() + jobs)


def _allowed() -> tuple[str, int]:
    """Return what the setting says, else the least of what server, role and database allow (-1: any number)."""
    if settings.DAYPASS_DATABASE_CONNECTIONS:
        return "DAYPASS_DATABASE_CONNECTIONS", settings.DAYPASS_DATABASE_CONNECTIONS
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        limits = [limit for limit in cursor.fetchone() if limit >= 0]
    return "PostgreSQL", min(limits)
