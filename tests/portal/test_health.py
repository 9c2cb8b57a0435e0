import pytest
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database": "ok", "keys": "ok", "broker": "ok"})


@pytest.mark.django_db
def test_a_wrong_encryption_key_is_not_ready(client: Client, settings: Settings) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = "k1:short"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["keys"]) == (503, "failed")


@pytest.mark.django_db
def test_a_broker_that_is_down_is_told_but_needed_by_nobody(client: Client, settings: Settings) -> None:
    settings.DAYPASS_EMBEDDED_WORKER = False
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (200, "failed")
