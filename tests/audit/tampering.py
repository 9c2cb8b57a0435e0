"""What somebody with the table owner's rights can do to the ledger's triggers, and what is then said of it."""

import re

from django.db import connection

POSTGRESQL = {
    "ALTER TABLE audit_event DISABLE TRIGGER ledger_refuses": "the trigger ledger_refuses is disabled",
    # fires no more for who poses as a replica
    "ALTER TABLE audit_event ENABLE TRIGGER ledger_refuses": "the trigger ledger_refuses is disabled",
    "DROP TRIGGER ledger_refuses ON audit_event": "the trigger ledger_refuses is missing",
    "DROP FUNCTION ledger_refuses() CASCADE": "the trigger ledger_refuses is missing",
    "CREATE OR REPLACE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$": (
        "the function ledger_refuses was changed"
    ),
    "DROP TRIGGER ledger_refuses ON audit_event; CREATE TRIGGER ledger_refuses BEFORE UPDATE OR DELETE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses(); "
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ledger_refuses": "the trigger ledger_refuses was changed",
    "DROP TRIGGER ledger_refuses ON audit_event; CREATE TRIGGER ledger_refuses BEFORE UPDATE OF tag OR DELETE OR "
    "TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses(); "
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ledger_refuses": "the trigger ledger_refuses was changed",
    "DROP TRIGGER ledger_refuses ON audit_event; CREATE TRIGGER ledger_refuses BEFORE UPDATE OR DELETE OR TRUNCATE "
    "ON audit_event FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION ledger_refuses(); "
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER ledger_refuses": "the trigger ledger_refuses was changed",
}
SQLITE = {
    "DROP TRIGGER ledger_refuses_update": "the trigger ledger_refuses_update is missing",
    "DROP TRIGGER ledger_refuses_delete": "the trigger ledger_refuses_delete is missing",
    "DROP TRIGGER ledger_refuses_replace": "the trigger ledger_refuses_replace is missing",
    "DROP TRIGGER ledger_refuses_delete; CREATE TRIGGER ledger_refuses_delete BEFORE DELETE ON audit_event "
    "BEGIN SELECT 1; END": "the trigger ledger_refuses_delete was changed",
}


def ways() -> dict[str, str]:
    return {"postgresql": POSTGRESQL, "sqlite": SQLITE}[connection.vendor]


def tamper(way: str) -> None:
    with connection.cursor() as cursor:
        for statement in re.split("; (?=CREATE|ALTER)", way):
            cursor.execute(statement)
