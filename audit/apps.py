from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from audit import append_only


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from audit import checks  # noqa: F401 - registering checks needs the settings, which exist only now

        post_migrate.connect(guard_ledger, sender=self)
        post_migrate.connect(expect_duties, sender=self)


def guard_ledger(*, using: str, **kwargs: Any) -> None:
    """Put the triggers back after each migrate: SQLite alters a table by copying it and forgets its triggers."""
    connection = connections[using]
    if append_only.TABLE in connection.introspection.table_names():
        append_only.install(connection)


def expect_duties(*, using: str, **kwargs: Any) -> None:
    """Count a new duty's time from now on, so that a portal is healthy before its first hour is over."""
    from audit import duties  # it reads models, which are not there yet when this loads

    if duties.TABLE in connections[using].introspection.table_names():
        duties.expect()
