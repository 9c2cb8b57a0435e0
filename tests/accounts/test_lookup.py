from uuid import uuid4

import pytest
from django.db import models
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.lookup import find
from accounts.models import SignIn, User

SEALED = {"web_identity_token", "refresh_token"}


def values(found: models.Model, but: frozenset[str] = frozenset()) -> dict[str, object]:
    names = {field.attname for field in found._meta.concrete_fields} - but
    return {name: found.__dict__[name] for name in names}


@pytest.fixture
def stored(alice: SignIn) -> SignIn:
    alice.claims = {"name": "Zoë", "deep": [1, None, True]}
    alice.web_identity_token, alice.refresh_token, alice.ended_at = "t1.x", "t1.y", timezone.now()
    alice.save()
    return SignIn.objects.select_related("user").get(pk=alice.pk)


def test_it_finds_what_the_ordinary_query_finds(stored: SignIn) -> None:
    found = find(stored.pk)
    assert isinstance(found, SignIn)
    assert values(found, frozenset(SEALED)) == values(stored, frozenset(SEALED))
    assert values(found.user) == values(stored.user)
    assert isinstance(found.user, User)


def test_it_is_one_query_without_the_tokens(stored: SignIn, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    find(stored.pk)
    with django_assert_num_queries(1) as asked:
        found = find(stored.pk)
    assert "token" not in asked[0]["sql"].replace("web_identity_token_expires_at", "")
    assert found
    assert found.get_deferred_fields() == SEALED


def test_what_it_finds_can_be_changed_and_saved(stored: SignIn) -> None:
    found = find(stored.pk)
    assert found
    found.end_reason = "idle"
    found.save()
    stored.refresh_from_db()
    assert (stored.end_reason, stored.web_identity_token) == ("idle", "t1.x")
    assert found.web_identity_token == "t1.x"


def test_an_unknown_key_finds_nothing(stored: SignIn) -> None:
    assert find(uuid4()) is None
