"""The database's counterpart of accounts.groups.folded: A to Z in small letters, every other letter as it is."""

from typing import Any

from django.db.models import CharField, Func


class Folded(Func):
    """SQLite's lower() knows ASCII alone; PostgreSQL's follows the collation, and "C" is the one without a locale."""

    function = "LOWER"
    arity = 1
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='LOWER(%(expressions)s COLLATE "C")', **context)
