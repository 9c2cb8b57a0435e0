"""A push and a sign-in of the same moment: one sees the other, whichever comes first."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import connections, transaction
from django.http import HttpRequest
from django.test import RequestFactory

from accounts import start
from accounts.models import SignIn, User
from accounts.refusals import SignInRefused
from accounts.scim.models import Directory
from accounts.scim.standing import admitted, hold
from accounts.start import start_sign_in
from tests.accounts.scim.conftest import Pushing
from tests.accounts.scim.people import identity

pytestmark = [pytest.mark.lane("postgresql"), pytest.mark.django_db(transaction=True)]


def request() -> HttpRequest:
    made = RequestFactory().get("/")
    made.session = SessionBase()
    return made


def come_in(slug: str = "okta") -> str:
    """Sign Alice in; return why she may not, or ""."""
    try:
        person, _ = User.objects.get_or_create(username=f"{slug}:alice")
        with transaction.atomic():  # as accounts.admit does
            somebody = admitted(identity(slug, subject="alice"))
            start_sign_in(request=request(), user=person, identity=somebody)
    except SignInRefused as refusal:
        return str(refusal.reason)
    return ""


def elsewhere(pool: ThreadPoolExecutor, act: Callable[..., Any], *arguments: Any) -> "Future[Any]":
    def run() -> Any:
        try:
            return act(*arguments)
        finally:
            connections.close_all()

    return pool.submit(run)


@pytest.mark.parametrize("pushed_before", [True, False])
def test_a_sign_in_under_way_is_ended_by_the_push_that_waited_for_it(
    okta: Pushing, monkeypatch: pytest.MonkeyPatch, *, pushed_before: bool
) -> None:
    """The sign-in has looked, and not yet committed, when the push begins; also if it is the first word of her."""
    User.objects.create(username="okta:alice")
    alice = okta.user("alice") if pushed_before else None
    looked, seal = threading.Event(), start._seal
    with ThreadPoolExecutor(2) as pool:

        def slow(*arguments: Any) -> None:
            looked.set()
            assert waits_for_the_directory()
            seal(*arguments)

        monkeypatch.setattr(start, "_seal", slow)
        signing = elsewhere(pool, come_in)
        assert looked.wait(10)
        leaving = elsewhere(pool, *((okta.deactivate, alice) if alice else (push_gone, okta)))
        assert (signing.result(20), leaving.result(20)) is not None
    assert SignIn.objects.get().end_reason == SignIn.Ended.LEFT


def push_gone(directory: Pushing) -> object:
    return directory.user("alice", active=False)


def waits_for_the_directory() -> bool:
    """Return once another connection waits for a lock, as PostgreSQL itself tells; False if none ever does."""
    pause = threading.Event()
    for _ in range(200):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return True
        pause.wait(0.05)
    return False


def test_a_sign_in_waits_for_a_push_under_way_and_is_refused(okta: Pushing) -> None:
    alice = okta.user("alice")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            hold("okta")
            signing = elsewhere(pool, come_in)
            assert waits_for_the_directory()
            alice.active = False
            alice.save()
        assert signing.result(20) == "left"
    assert not SignIn.objects.exists()


def test_directories_do_not_wait_for_each_other(okta: Pushing, entra: Pushing) -> None:
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        hold("okta")
        assert elsewhere(pool, entra.user, "alice").result(20).provider == "entra"


def test_the_first_pushes_of_a_directory_at_once_are_all_kept(okta: Pushing) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [elsewhere(pool, Pushing("okta").user, f"user{number}") for number in range(8)]
        assert len({future.result(20).pk for future in made}) == 8
    assert Directory.objects.count() == 1


def test_one_of_two_who_push_the_same_name_is_refused(okta: Pushing) -> None:
    body = {"schemas": [], "userName": "alice"}
    with ThreadPoolExecutor(4) as pool:
        answers = [elsewhere(pool, Pushing("okta"), "POST", "/Users", body) for _ in range(4)]
        assert sorted(answer.result(20).status_code for answer in answers) == [201, 409, 409, 409]
