from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from audit import append_only


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from audit import checks  # noqa: F401 - registering checks needs the settings, which exist only now

        pre_migrate.connect(look_at_ledger, sender=self)
        post_migrate.connect(guard_ledger, sender=self)
        post_migrate.connect(expect_duties, sender=self)


_missed: list[str] = []


def look_at_ledger(*, using: str, **kwargs: Any) -> None:
    """Remember what is wrong with the triggers before a migration touches them; a new database has none yet."""
    from audit import duties  # it reads models, which are not there yet when this loads

    connection, _missed[:] = connections[using], []
    if duties.TABLE in connection.introspection.table_names():
        _missed.extend(append_only.problems(connection))


def guard_ledger(*, using: str, **kwargs: Any) -> None:
    """Put the triggers back after each migrate: SQLite alters a table by copying it and forgets its triggers.

    That they were gone before is told all the same.
    """
    connection = connections[using]
    if append_only.TABLE not in connection.introspection.table_names():
        return
    append_only.install(connection)
    if _missed:
        from audit import guard  # it reads models, which are not there yet when this loads

        guard.settle(_missed)
        guard.settle([])


def expect_duties(*, using: str, **kwargs: Any) -> None:
    """Count a new duty's time from now on, so that a portal is healthy before its first hour is over."""
    from audit import duties  # it reads models, which are not there yet when this loads

    if duties.TABLE in connections[using].introspection.table_names():
        duties.expect()
