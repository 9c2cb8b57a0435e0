"""Nobody changes or deletes a ledger event: not by a model, a queryset, the admin, or raw SQL."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from audit import append_only
from audit.models import Event, LedgerIsAppendOnly
from audit.record import DAYPASS, record
from audit.tags import Tag

RAW = [
    "UPDATE audit_event SET actor_name = 'Mallory'",
    "UPDATE audit_event SET actor_name = actor_name WHERE id = (SELECT max(id) FROM audit_event)",
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE tag = 'accounts:sign_in:start'",
]


@pytest.fixture
def event(db: None) -> Event:
    return record(Tag.SIGN_IN_START, actor=DAYPASS)


def refuses(sql: str) -> str:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(refusal.value).splitlines()[0]


def columns() -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in Event._meta.fields)


@pytest.mark.parametrize("sql", RAW)
def test_raw_sql_is_refused_in_plain_words(event: Event, sql: str) -> None:
    assert refuses(sql) == append_only.MESSAGE
    assert Event.objects.get().actor_name == "Daypass"


def test_an_upsert_is_refused(event: Event) -> None:
    upsert = f"INSERT INTO audit_event ({columns()}) SELECT {columns()} FROM audit_event WHERE true "  # noqa: S608 - our own names
    assert refuses(upsert + "ON CONFLICT (id) DO UPDATE SET actor_name = 'Mallory'") == append_only.MESSAGE


def test_insert_or_replace_is_refused_on_sqlite(event: Event) -> None:
    if connection.vendor == "sqlite":
        sql = f"INSERT OR REPLACE INTO audit_event ({columns()}) SELECT {columns()} FROM audit_event"  # noqa: S608 - our own names
        assert refuses(sql) == append_only.MESSAGE


@pytest.mark.lane("postgresql")
@pytest.mark.parametrize("posing", ["origin", "replica"])
def test_truncate_is_refused_even_to_a_session_that_poses_as_a_replica(event: Event, posing: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = {posing}")
    assert refuses("TRUNCATE audit_event") == append_only.MESSAGE


@pytest.mark.parametrize("act", ["update", "delete", "bulk_update", "update_or_create"])
def test_the_queryset_refuses(event: Event, act: str) -> None:
    with pytest.raises(LedgerIsAppendOnly):
        getattr(Event.objects.all(), act)()


def test_the_model_refuses_to_be_saved_again_or_deleted(event: Event) -> None:
    event.actor_name = "Mallory"
    for act in (event.save, event.delete):
        with pytest.raises(LedgerIsAppendOnly):
            act()


@pytest.mark.parametrize("values", [{"actor_name": "Mallory"}, {"details": {}}])
def test_a_plain_queryset_over_the_table_is_refused(event: Event, values: dict[str, Any]) -> None:
    plain: models.QuerySet[Event] = models.QuerySet(Event)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        plain.update(**values)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        plain.delete()


def test_without_the_triggers_the_same_sql_goes_through(event: Event) -> None:
    """The guard is what refuses: lift it, and the ledger can be changed."""
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(RAW[0])
    append_only.install(connection)
    assert Event.objects.get().actor_name == "Mallory"
    assert refuses(RAW[2]) == append_only.MESSAGE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_starts_empty_and_is_guarded(turn: int) -> None:
    assert not Event.objects.exists()
    record(Tag.SIGN_IN_START, actor=DAYPASS)
    assert refuses("DELETE FROM audit_event") == append_only.MESSAGE
