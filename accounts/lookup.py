"""The one query that every request makes, compiled once.

Django builds and compiles a query anew each time, which for this join costs ten times what the database takes: about a
millisecond of CPU, as much as the call to AWS that a request may be about. So its own compiler writes the SQL once,
and each request only binds the key and makes the two rows into instances. tests/accounts/test_lookup.py holds it
against the ordinary query.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connections, router

from accounts.models import SignIn, User

Converters = list[tuple[int, list[Callable[..., Any]], Any]]


@dataclass(frozen=True)
class Compiled:
    """SQL with one place for the key, what turns its columns into Python values, and their names in order."""

    sql: str
    converters: Converters
    sign_in: list[str]
    user: list[str]


def find(key: UUID) -> SignIn | None:
    """Return the sign-in with its person, live or not, in one query; None when there is none.

    The sealed tokens stay in the database: they are long, and only accounts.tokens needs them.
    """
    alias = router.db_for_read(SignIn)
    connection, compiled = connections[alias], _compiled(alias)
    with connection.cursor() as cursor:
        bound = SignIn._meta.pk.get_db_prep_value(key, connection)  # noqa: SLF001  # documented by Django
        cursor.execute(compiled.sql, [bound])
        found = cursor.fetchone()
    if found is None:
        return None
    row = list(found)
    for position, converters, expression in compiled.converters:
        for convert in converters:
            row[position] = convert(row[position], expression, connection)
    width = len(compiled.sign_in)
    sign_in = SignIn.from_db(alias, compiled.sign_in, row[:width])
    sign_in.user = User.from_db(alias, compiled.user, row[width:])
    return sign_in


@cache
def _compiled(alias: str) -> Compiled:
    plain = SignIn.objects.order_by().select_related("user").defer("id_token", "refresh_token")
    compiler = plain.filter(pk=UUID(int=0)).query.get_compiler(alias)
    sql, _params = compiler.as_sql()
    columns: list[Any] = [column for column, _sql, _alias in compiler.select]
    converters = [(at, *found) for at, found in compiler.get_converters(columns).items()]
    names: dict[type, list[str]] = {SignIn: [], User: []}
    for column in columns:
        names[column.target.model].append(column.target.attname)
    return Compiled(sql, converters, names[SignIn], names[User])
