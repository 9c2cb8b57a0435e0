"""Both databases find the same, whatever the case of the letters, in every script."""

import sqlite3

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

from accounts.models import User
from portal import folding

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "asked", "found"),
    [
        ("\u00c9quipe Donn\u00e9es", "\u00e9quipe", True),
        ("\u041f\u0420\u041e\u0414\u0410\u041a\u0428\u041d", "\u0434\u0430\u043a", True),
        ("example", "EXAM", True),
        ("Equipe", "\u00e9quipe", False),
        ("100% of a_b", "% OF A_B", True),
        ("100 of acb", "%", False),
        ("100 of acb", "a_b", False),
        ("back\\slash", "K\\S", True),
        ("two\nlines", "O\nL", True),
    ],
)
def test_contains(name: str, asked: str, found: bool) -> None:  # noqa: FBT001 - a table
    User.objects.create(username="google:1", name=name)
    User.objects.create(username="google:2", name="bystander")
    names = list(User.objects.filter(name__icontains=asked).values_list("name", flat=True))
    assert names == ([name] if found else [])


@pytest.mark.parametrize(("asked", "found"), [("\u00e9LODIE", True), ("\u00e9lodi", False), ("lodie", False)])
def test_is_the_same(asked: str, found: bool) -> None:  # noqa: FBT001 - a table
    User.objects.create(username="google:1", name="\u00c9lodie")
    assert User.objects.filter(name__iexact=asked).exists() is found


def test_like_keeps_its_other_ways() -> None:
    """SQLite's answers as they were, asked of a connection of its own on either database."""
    wrapper = DatabaseWrapper({**connection.settings_dict, "ENGINE": "sqlite3", "NAME": ":memory:", "OPTIONS": {}})
    wrapper.connection = sqlite3.connect(":memory:")
    folding.fold_like(wrapper)
    asked = (
        "SELECT NULL LIKE 'a', 'a' LIKE NULL, 12 LIKE '1_', 'AB' LIKE 'a%', 'AB' LIKE 'a', 'a%' LIKE 'A!%' ESCAPE '!'"
    )
    assert wrapper.connection.execute(asked).fetchone() == (None, None, 1, 1, 0, 1)
    wrapper.connection.close()
