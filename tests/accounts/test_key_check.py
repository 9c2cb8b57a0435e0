"""A key that is well formed and wrong is told at the start, by the check, by migrate and by health."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts import key_check
from accounts.custody import Custody, new_key
from accounts.models import KeyCheck

pytestmark = pytest.mark.django_db
ANOTHER = "t1:" + base64.b64encode(b"B" * 32).decode()
UNKNOWN = "t2:" + base64.b64encode(b"C" * 32).decode()
WRONG = [
    (ANOTHER, "The key t1 of DAYPASS_ENCRYPTION_KEYS is not the t1 that sealed what is kept here."),
    (UNKNOWN, "DAYPASS_ENCRYPTION_KEYS has no key t1, which sealed what this database keeps."),
    (f"{UNKNOWN},{ANOTHER}", "The key t1 of DAYPASS_ENCRYPTION_KEYS is not the t1 that sealed what is kept here."),
]


def test_migrating_leaves_the_mark_of_the_first_key() -> None:
    row = KeyCheck.objects.get()
    assert (row.key_id, key_check.problems()) == ("t1", [])
    assert Custody.from_settings().open(row.sealed, context="key-check:t1") == "Daypass"


@pytest.mark.parametrize(("keys", "said"), WRONG)
def test_a_wrong_key_is_named(settings: Settings, keys: str, said: str) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = keys
    assert key_check.problems() == [said]


@pytest.mark.parametrize(("keys", "said"), WRONG)
def test_neither_check_nor_migrate_goes_on(settings: Settings, keys: str, said: str) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = keys
    for command, options in (
        ("check", {"databases": ["default"]}),
        ("migrate", {"verbosity": 0, "skip_checks": False}),
    ):
        with pytest.raises(CommandError, match=said):
            call_command(command, stderr=StringIO(), **options)
    assert KeyCheck.objects.get().key_id == "t1"


@pytest.mark.parametrize(("keys", "said"), WRONG)
def test_health_says_so(client: Client, settings: Settings, keys: str, said: str) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = keys
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["keys"]) == (503, "failed")


def test_a_mark_of_another_key_is_worth_nothing() -> None:
    sealed = KeyCheck.objects.get().sealed
    KeyCheck.objects.create(key_id="t2", sealed=sealed)
    assert key_check.problems() == ["DAYPASS_ENCRYPTION_KEYS has no key t2, which sealed what this database keeps."]


def test_a_newer_key_in_front_leaves_its_own_mark_beside_the_older_ones(settings: Settings) -> None:
    new = new_key()
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new},{settings.DAYPASS_ENCRYPTION_KEYS}"
    assert key_check.problems() == []
    for _ in range(2):
        key_check.note()
    assert set(KeyCheck.objects.values_list("key_id", flat=True)) == {"t1", new.partition(":")[0]}
