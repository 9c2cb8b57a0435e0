"""Whether Daypass can work on this database: its tables are this version's, and its keys are those that sealed it."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts import key_check
from audit import duties

NOT_READY = "The database is not ready for this version. Run `make migrate` first."


def demand() -> None:
    """Refuse a database that does not fit, and leave in it what a new key or duty needs and no migration brings."""
    if not is_ready():
        raise ImproperlyConfigured(NOT_READY)
    if problems := key_check.problems():
        raise ImproperlyConfigured(problems[0])
    key_check.note()
    duties.expect()


def is_ready() -> bool:
    """Tell whether every migration is applied and the cache has its table; only reads."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not missing and settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names()
