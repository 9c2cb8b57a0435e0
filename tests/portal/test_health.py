from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit import duties
from audit.models import Duty, Job
from portal import health
from tests.portal import faults


@pytest.fixture(autouse=True)
def _all_done(db: None) -> None:
    Duty.objects.all().delete()
    duties.expect()


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    response = client.get("/readyz")
    fine = {"database": "ok", "keys": "ok", "broker": "ok", "outbox": "ok", "duties": "ok", "ledger": "ok"}
    assert (response.status_code, response.json()) == (200, fine)


@pytest.mark.django_db
def test_a_wrong_encryption_key_is_not_ready(client: Client, settings: Settings) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = "k1:short"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["keys"]) == (503, "failed")


@pytest.mark.django_db
@pytest.mark.lane("postgresql")
def test_a_database_that_only_reads_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, "failed")


@pytest.mark.django_db
def test_a_broker_that_is_down_is_told_but_needed_by_nobody(client: Client, settings: Settings) -> None:
    settings.DAYPASS_EMBEDDED_WORKER = False
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (200, "failed")


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "told"), [(59, "ok"), (61, "failed")])
def test_work_that_nobody_does_is_told_but_keeps_nobody_out(client: Client, seconds: int, told: str) -> None:
    Job.objects.create(task="audit_session", key="k", due_at=timezone.now() - timedelta(seconds=seconds))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["outbox"], response.json()["duties"]) == (200, told, "ok")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "outbox"), [(duties.PULSE, "failed"), ("keep house", "ok")])
def test_a_duty_that_nobody_does_is_named(client: Client, name: str, outbox: str) -> None:
    Duty.objects.filter(pk=name).update(done_at=timezone.now() - timedelta(hours=4))
    response = client.get("/readyz")
    told = {key: response.json()[key] for key in ("outbox", "duties", "late")}
    assert (response.status_code, told) == (200, {"outbox": outbox, "duties": "failed", "late": [name]})


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", faults.EVERYTHING)
def test_without_a_database_nothing_counts_as_done(client: Client, fault: str) -> None:
    with faults.EVERYTHING[fault]():
        response = client.get("/readyz")
    expected = {
        "database": "failed",
        "keys": "ok",
        "broker": "ok",
        "outbox": "failed",
        "duties": "failed",
        "ledger": "failed",
    }
    assert (response.status_code, response.json()) == (503, expected | {"late": sorted(duties.expected())})


def test_a_broker_that_hangs_holds_one_thread_however_many_ask(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DAYPASS_EMBEDDED_WORKER = False
    asked, answer, askings = Event(), Event(), 0

    def hangs() -> bool:
        nonlocal askings
        askings += 1
        asked.set()
        answer.wait(20)
        return False

    monkeypatch.setattr(health, "_broker_answers", hangs)
    monkeypatch.setitem(health._answered, "broker", True)
    first = Thread(target=health.broker_answers)
    first.start()
    assert asked.wait(20)
    assert [health.broker_answers() for _ in range(3)] == [True] * 3
    answer.set()
    first.join(20)
    assert (health.broker_answers(), askings) == (False, 2)
