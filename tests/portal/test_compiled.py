"""Each compiled statement does what Django's ordinary one does, for SQLite and PostgreSQL alike."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import SignIn
from audit.models import Event, Job
from portal.compiled import Place, compiled, insert, update

NOW = timezone.now()


@compiled(names=models.CharField(), before=models.DateTimeField(), prefix=models.CharField())
def _sign_ins(names: list[Place], before: Place, prefix: Place) -> models.QuerySet[SignIn]:
    found = SignIn.objects.filter(subject__in=names, started_at__lt=before, user__email__gte=prefix)
    return found.filter(provider="google").select_related("user").defer("claims").order_by("subject")


def job(key: str, **values: object) -> Job:
    return Job(task="audit_session", key=key, arguments={"deep": [1, None, "é"]}, due_at=NOW, **values)


def stored(model: models.Model) -> dict[str, object]:
    return type(model)._base_manager.values().get(pk=model.pk)


def test_a_query_finds_what_django_finds(
    alice: SignIn, bob: SignIn, charlie: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    later = timezone.now() + timedelta(hours=1)
    found = _sign_ins(names=["alice", "bob"], before=later, prefix="a")
    assert found == [alice, bob]
    with django_assert_num_queries(0):
        assert [sign_in.user for sign_in in found] == [alice.user, bob.user]
    assert found[0].principals == alice.principals
    assert found[0].started_at == alice.started_at
    assert found[0].get_deferred_fields() == {"claims"}


def test_each_use_is_one_query_and_sees_its_own_values(
    alice: SignIn, bob: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    later, earlier = NOW + timedelta(days=1), NOW - timedelta(days=1)
    with django_assert_num_queries(4):
        assert _sign_ins(names=["bob"], before=later, prefix="") == [bob]
        assert _sign_ins(names=["alice"], before=later, prefix="") == [alice]
        assert _sign_ins(names=["alice"], before=earlier, prefix="") == []
        assert _sign_ins(names=["alice", "bob"], before=later, prefix="b") == [bob]


def test_values_stay_values(alice: SignIn) -> None:
    hostile = ["alice' OR 1=1 --", "%s", "%(name)s", "alice\\"]
    assert _sign_ins(names=hostile, before=NOW + timedelta(days=1), prefix="") == []


def test_an_empty_list_finds_nothing_and_asks_nothing(
    alice: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert _sign_ins(names=[], before=NOW, prefix="") == []


def test_a_value_that_its_field_refuses_is_never_asked(
    alice: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0), pytest.raises(ValidationError):
        _sign_ins(names=["alice"], before="tomorrow", prefix="")


def test_an_inserted_row_is_the_row_that_save_writes(db: None) -> None:
    one, other = job("one"), job("other")
    insert(one)
    other.save()
    assert one.pk
    assert stored(one) == {**stored(other), "id": one.pk, "key": "one"}
    one.attempts = 3
    one.save()
    assert stored(one)["attempts"] == 3


def test_a_key_of_the_models_own_making_is_kept(alice: SignIn) -> None:
    values = {field.attname: getattr(alice, field.attname) for field in SignIn._meta.concrete_fields}
    copy = SignIn(**{**values, "id": uuid4(), "claims": {}, "ended_at": None})
    key = copy.pk
    insert(copy)
    assert (copy.pk, SignIn.objects.get(pk=key).email) == (key, "alice@example.com")


def test_conflicts_are_refused_unless_they_may_be_left_out(db: None) -> None:
    insert(job("one", error="first"))
    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        insert(job("one"))
    insert(job("one", error="second"), job("two"), ignore_conflicts=True)
    assert list(Job.objects.order_by("key").values_list("key", "error")) == [("one", "first"), ("two", "")]


def test_several_rows_are_one_statement(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    events = [Event(tag=f"test:event:{n}", actor_name="Daypass", sign_in_id=uuid4()) for n in range(3)]
    with django_assert_num_queries(1):
        insert(*events)
    assert {event.pk: event.tag for event in events} == dict(Event.objects.values_list("pk", "tag"))


def test_an_update_changes_the_rows_that_fit_and_counts_them(db: None) -> None:
    insert(job("one"), job("two"), job("three", attempts=1))
    changed = update(Job, {"attempts": 0, "task": "audit_session"}, {"attempts": 2, "done_at": NOW, "error": "%s'"})
    assert changed == 2
    rows = Job.objects.order_by("key").values_list("key", "attempts", "done_at", "error")
    assert list(rows) == [("one", 2, NOW, "%s'"), ("three", 1, None, ""), ("two", 2, NOW, "%s'")]
    assert update(Job, {"attempts": 7}, {"attempts": 0}) == 0
