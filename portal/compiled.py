"""Statements of the path of an issue, compiled once per process.

Django builds and compiles a query anew for each use, which costs several times what the database takes for it: on the
path of an issue that was most of the CPU. So its own compiler writes the SQL once, with places for the values. Each
use then only prepares the values, by the models' own fields, and makes the rows into instances. Nothing that the
database answered is kept. tests/portal/test_compiled.py holds each kind of statement against Django's ordinary one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Generic, TypeAlias, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.constants import OnConflict
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery

M = TypeVar("M", bound=models.Model)
Field: TypeAlias = "models.Field[Any, Any]"
KEPT = 256  # lengths of one statement's lists: people hold from one to some hundreds of principals


class Place(Expression):
    """Stands in a query for a value that is known only when it runs: the ``number``-th, prepared by ``field``."""

    def __init__(self, number: int, field: Field) -> None:
        super().__init__(output_field=field)
        self.number = number

    def as_sql(self, compiler: object, connection: object) -> tuple[str, list[Any]]:  # type: ignore[override]  # Django's stubs want str parameters, where the place itself stands until it is bound
        return "%s", [self]


class Select(Generic[M]):
    """One SELECT; call it with its values for a list of instances, as the queryset itself would give."""

    def __init__(self, queryset: models.QuerySet[M]) -> None:
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.parameters = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        self.converters = [(at, *found) for at, found in compiler.get_converters(columns).items()]
        at = compiler.klass_info["select_fields"]
        self.model, self.own = queryset.model, slice(at[0], at[-1] + 1)
        self.names = [column.target.attname for column in columns[self.own]]
        self.related: list[Any] = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs are a Django ahead

    def __call__(self, values: Sequence[object]) -> list[M]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, _bound(self.parameters, values, connection))
            rows = cursor.fetchall()
        return [self._instance(list(row), connection) for row in rows]

    def _instance(self, row: list[Any], connection: BaseDatabaseWrapper) -> M:
        for at, converters, expression in self.converters:
            for convert in converters:
                row[at] = convert(row[at], expression, connection)
        instance = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own])
        for related in self.related:
            related.populate(row, instance)
        return instance


def compiled(**fields: Field) -> Callable[[Callable[..., models.QuerySet[M]]], Callable[..., list[M]]]:
    """Turn a function that builds a queryset from places into one that runs it with values, given by name.

    ``fields`` says for each value what field prepares it. A list of values takes as many places; each length is a
    statement of its own. The function is called once for each, and must not look at what it is given.
    """

    def decorate(build: Callable[..., models.QuerySet[M]]) -> Callable[..., list[M]]:
        @lru_cache(maxsize=KEPT)
        def select(lengths: tuple[int | None, ...]) -> Select[M] | None:
            try:
                return Select(build(**_places(fields, lengths)))
            except EmptyResultSet:
                return None  # Django's word for a query that can find nothing, such as one of an empty list

        def run(**values: Any) -> list[M]:
            given = [values[name] for name in fields]
            found = select(tuple(len(value) if isinstance(value, list) else None for value in given))
            return found(_flat(given)) if found else []

        return run

    return decorate


def insert(*rows: models.Model, ignore_conflicts: bool = False) -> None:
    """Insert new rows of one model in one statement, as save() and bulk_create() do, but without their signals.

    With ``ignore_conflicts`` the rows that exist already are left out, and none learns the key it was given.
    """
    statement = _insert(type(rows[0]), len(rows), ignore_conflicts)
    values = [field.pre_save(row, add=True) for row in rows for field in statement.fields]
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, _bound(statement.parameters, values, connection))
        keys = [key for (key,) in cursor.fetchall()] if statement.returns_keys else [row.pk for row in rows]
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@dataclass(frozen=True)
class Insert:
    """One INSERT, the fields it fills in order, and whether it answers with keys that the database gave."""

    sql: str
    parameters: tuple[Any, ...]
    fields: list[Field]
    returns_keys: bool


@cache
def _insert(model: type[models.Model], count: int, ignore_conflicts: bool) -> Insert:  # noqa: FBT001 - a cache's key
    fields: list[Field] = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    returns_keys = model._meta.pk not in fields and not ignore_conflicts
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
    rows = [model() for _ in range(count)]
    for number, (row, field) in enumerate((row, field) for row in rows for field in fields):
        setattr(row, field.attname, Place(number, field))
    query.insert_values(fields, rows)
    compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
    compiler.returning_fields = [model._meta.pk] if returns_keys else []
    [(sql, parameters)] = compiler.as_sql()
    return Insert(sql, parameters, fields, returns_keys)


def update(model: type[models.Model], where: dict[str, object], to: dict[str, object]) -> int:
    """Change the rows whose fields have exactly these values, none of them None, and return how many."""
    sql, parameters = _update(model, tuple(where), tuple(to))
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(sql, _bound(parameters, [*where.values(), *to.values()], connection))
        return int(cursor.rowcount)


@cache
def _update(model: type[models.Model], where: tuple[str, ...], to: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    places = [(name, Place(number, fields[name])) for number, name in enumerate([*where, *to])]
    query: Any = model._base_manager.filter(**dict(places[: len(where)])).query.chain(UpdateQuery)
    query.add_update_values(dict(places[len(where) :]))
    statement: tuple[str, tuple[Any, ...]] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return statement


def _places(fields: dict[str, Field], lengths: Iterable[int | None]) -> dict[str, Place | list[Place]]:
    """Return a place for each value, a list of them for a list, numbered as _flat counts."""
    places: dict[str, Place | list[Place]] = {}
    number = 0
    for (name, field), length in zip(fields.items(), lengths, strict=True):
        row = [Place(number + step, field) for step in range(1 if length is None else length)]
        places[name] = row if length is not None else row[0]
        number += len(row)
    return places


def _flat(values: Iterable[object]) -> list[object]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _bound(parameters: Iterable[Any], values: Sequence[object], connection: BaseDatabaseWrapper) -> list[Any]:
    """Return a statement's parameters: constants as they are, and in each place the value, as its field prepares it."""
    return [
        one.output_field.get_db_prep_save(values[one.number], connection) if isinstance(one, Place) else one
        for one in parameters
    ]
