import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.custody import Custody, Unsealable, new_key

ROOT = Path(__file__).parents[2]


def custody() -> Custody:
    return Custody.from_settings()


@given(st.text(), st.text())
def test_what_is_sealed_opens_again_in_its_context_alone(plain: str, context: str) -> None:
    sealed = custody().seal(plain, context=context)
    assert custody().open(sealed, context=context) == plain
    with pytest.raises(Unsealable):
        custody().open(sealed, context=f"{context}.")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    one, two = (custody().seal("token", context="x") for _ in range(2))
    assert one != two
    assert "token" not in one


@pytest.mark.parametrize("rubbish", ["", "t1.", "t1.AAAA", "t1", "t9.AAAA", "t1.é", ".", "t1." + "A" * 64])
def test_rubbish_does_not_open(rubbish: str) -> None:
    with pytest.raises(Unsealable):
        custody().open(rubbish, context="x")


def test_a_changed_letter_does_not_open() -> None:
    sealed = custody().seal("token", context="x")
    changed = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]
    with pytest.raises(Unsealable):
        custody().open(changed, context="x")


@pytest.mark.parametrize(
    "text",
    ["", "t1", "t1:", ":AAAA", "t1:AAAA", "t1:nonsense!", f"a:{'A' * 44}", f"a-b:{'A' * 43}="],
)
def test_bad_keys_stop_the_start(settings: Settings, text: str) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = text
    with pytest.raises(ImproperlyConfigured, match="make_key"):
        custody()


def test_an_id_is_used_once(settings: Settings) -> None:
    one, two = new_key(), new_key()
    settings.DAYPASS_ENCRYPTION_KEYS = f"{one},{one.partition(':')[0]}:{two.partition(':')[2]}"
    with pytest.raises(ImproperlyConfigured):
        custody()


def test_keys_are_not_in_the_repr() -> None:
    assert "AAAA" not in repr(custody())


def test_the_first_key_can_be_made_before_there_are_settings() -> None:
    made = subprocess.run([sys.executable, "manage.py", "make_key"], cwd=ROOT, env={}, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    out = StringIO()
    call_command("make_key", stdout=out)
    assert len(made.stdout) == len(out.getvalue())
