"""What stands in the session of somebody who was asked: no more than it must, and no longer."""

import time

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore

from accounts.kept import kept
from accounts.step_up.ask import NAME, ask, asked, done, latest
from tests.accounts.step_up.conftest import SECOND


@pytest.fixture
def session() -> SessionBase:
    return SessionStore()


def make(session: SessionBase, next_page: str = "/activity/") -> str:
    return ask(session, demand=SECOND, next_page=next_page, what="Something").id


def test_an_id_of_another_session_is_unknown(session: SessionBase) -> None:
    assert asked(session, make(SessionStore())) is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_nobody_is_led_elsewhere(session: SessionBase, elsewhere: str) -> None:
    found = asked(session, make(session, elsewhere))
    assert found is not None
    assert found.next == "/"


def test_after_half_an_hour_it_is_forgotten(session: SessionBase) -> None:
    made = make(session)
    kept(session, NAME)[0]["at"] = time.time() - 1801
    assert (asked(session, made), latest(session)) == (None, None)


def test_five_are_open_at_once_and_the_same_page_asks_once(session: SessionBase) -> None:
    made = [make(session, f"/roles/{number}/") for number in range(7)]
    again = make(session, "/roles/6/")
    known = [bool(asked(session, each)) for each in made]
    assert known == [False, False, True, True, True, True, False]
    assert latest(session) == asked(session, again)


def test_what_is_done_is_forgotten(session: SessionBase) -> None:
    made = make(session)
    done(session, made)
    assert asked(session, made) is None
