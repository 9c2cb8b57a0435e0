"""The ledger is append-only in the database too: triggers refuse what the models cannot see.

They stop raw SQL, the base manager, a bulk upsert and a hand at the database's prompt alike. Whoever owns the table
can still drop them, which docs/operations.md answers with a second database role.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import NotSupportedError

TABLE = "audit_event"
MESSAGE = "The ledger is append-only: events in audit_event are never changed or deleted."

SQLITE = {
    "ledger_refuses_update": "BEFORE UPDATE ON audit_event",
    "ledger_refuses_delete": "BEFORE DELETE ON audit_event",
    # INSERT OR REPLACE deletes the old row without firing the trigger above (SQLite, "ON CONFLICT").
    "ledger_refuses_replace": (
        "BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)"
    ),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers where they are missing, for PostgreSQL and SQLite; raise NotSupportedError elsewhere."""
    _run(connection, _installation(connection.vendor))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that goes back, and for tests that empty their database."""
    _run(connection, _removal(connection.vendor))


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _installation(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {name} {event} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            for name, event in SQLITE.items()
        ]
    if vendor == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$",
            "CREATE OR REPLACE TRIGGER ledger_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()",
            # ALWAYS: it fires for a session that poses as a replica too.
            "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ledger_refuses",
        ]
    raise NotSupportedError(f"Daypass keeps its ledger in PostgreSQL or SQLite, not in {vendor}. Set DATABASE_URL.")


def _removal(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE]
    return ["DROP TRIGGER IF EXISTS ledger_refuses ON audit_event", "DROP FUNCTION IF EXISTS ledger_refuses()"]
