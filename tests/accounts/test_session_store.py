from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.session_store import SessionStore


def kept(**values: object) -> str:
    session = SessionStore()
    session.update(values)
    session.create()
    return session.session_key or ""


def test_it_finds_what_it_kept_in_one_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = kept(sign_in="a")
    with django_assert_num_queries(1):
        assert dict(SessionStore(key).items()) == {"sign_in": "a"}


def test_it_and_djangos_own_store_read_each_other(db: None) -> None:
    assert DatabaseStore(kept(sign_in="a")).get("sign_in") == "a"
    own = DatabaseStore()
    own["sign_in"] = "b"
    own.create()
    assert SessionStore(own.session_key).get("sign_in") == "b"


def test_what_is_over_or_unknown_is_empty_and_keeps_no_key(db: None) -> None:
    session = SessionStore()
    session["sign_in"] = "a"
    session.set_expiry(timezone.now() - timedelta(seconds=1))
    session.create()
    for key in (session.session_key, "0" * 32):
        found = SessionStore(key)
        assert (found.get("sign_in"), found.session_key) == (None, None)
