"""The ledger is append-only in the database too: triggers refuse what the models cannot see.

They stop raw SQL, the base manager, a bulk upsert and a hand at the database's prompt alike. Whoever owns the table
can still drop them, which docs/operations.md answers with a second database role.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

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

POSTGRESQL_BODY = f" BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END "
POSTGRESQL_EVENTS = 2 + 8 + 16 + 32  # pg_trigger.tgtype: BEFORE, DELETE, UPDATE, TRUNCATE; each statement, not each row
POSTGRESQL_STATE = """
SELECT trigger.tgenabled, trigger.tgtype,
       trigger.tgqual IS NULL AND trigger.tgattr = '' AND language.lanname = 'plpgsql',
       function.prosrc
FROM pg_trigger AS trigger
JOIN pg_proc AS function ON function.oid = trigger.tgfoid
JOIN pg_language AS language ON language.oid = function.prolang
WHERE trigger.tgname = 'ledger_refuses' AND trigger.tgrelid = to_regclass(%s)
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers where they are missing; portal.env lets no database in but PostgreSQL and SQLite."""
    _run(connection, _installation(connection.vendor))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for a migration that goes back, and for tests that empty their database."""
    _run(connection, _removal(connection.vendor))


def problems(connection: BaseDatabaseWrapper) -> list[str]:
    """Say what is missing of the triggers, or is not as ``install`` makes it; nothing while the ledger is guarded."""
    look = {"sqlite": _problems_in_sqlite, "postgresql": _problems_in_postgresql}[connection.vendor]
    return look(connection)


def _problems_in_sqlite(connection: BaseDatabaseWrapper) -> list[str]:
    """Compare what SQLite keeps of each trigger, which is its statement, word for word."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        kept = dict(cursor.fetchall())
    wanted = {name: _sqlite_trigger(name).replace("IF NOT EXISTS ", "") for name in SQLITE}
    missing = [f"the trigger {name} is missing" for name in wanted if name not in kept]
    return missing + [
        f"the trigger {name} was changed" for name in wanted if kept.get(name, wanted[name]) != wanted[name]
    ]


def _problems_in_postgresql(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_STATE, [TABLE])
        found = cursor.fetchone()
    if found is None:
        return ["the trigger ledger_refuses is missing"]
    enabled, events, is_plain, body = found
    faults = {
        "the trigger ledger_refuses is disabled": enabled != "A",
        "the trigger ledger_refuses was changed": events != POSTGRESQL_EVENTS or not is_plain,
        "the function ledger_refuses was changed": body != POSTGRESQL_BODY,
    }
    return [fault for fault, is_so in faults.items() if is_so]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _installation(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [
            statement
            for name in SQLITE
            # Anew, since one that was changed is there as well.
            for statement in (f"DROP TRIGGER IF EXISTS {name}", _sqlite_trigger(name))
        ]
    return [
        f"CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $${POSTGRESQL_BODY}$$",
        "CREATE OR REPLACE TRIGGER ledger_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses()",
        # ALWAYS: it fires for a session that poses as a replica too.
        "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ledger_refuses",
    ]


def _sqlite_trigger(name: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS {name} {SQLITE[name]} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"


def _removal(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE]
    return ["DROP TRIGGER IF EXISTS ledger_refuses ON audit_event", "DROP FUNCTION IF EXISTS ledger_refuses()"]
