from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit.models import Job


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    response = client.get("/readyz")
    fine = {"database": "ok", "keys": "ok", "broker": "ok", "outbox": "ok"}
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
@pytest.mark.parametrize(("minutes", "told"), [(4, "ok"), (6, "failed")])
def test_work_that_nobody_does_is_told_but_keeps_nobody_out(client: Client, minutes: int, told: str) -> None:
    Job.objects.create(task="audit_session", key="k", due_at=timezone.now() - timedelta(minutes=minutes))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["outbox"]) == (200, told)
