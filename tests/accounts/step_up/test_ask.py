"""What stands in the session of somebody who was asked: no more than it must, and no longer."""

import time
from functools import partial

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore

from accounts.kept import kept
from accounts.step_up.ask import NAME, ask, asked, done, latest, let_go_on
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


def test_what_is_done_goes_on_no_second_time_and_still_leads_on(session: SessionBase) -> None:
    """And the question of another tab stays as it was."""
    made, other = (ask(session, demand=SECOND, next_page=page, what="It", act="/act/").id for page in ("/a/", "/b/"))
    let_go_on(session, made)
    states = [[(each.act, each.goes_on) for each in map(partial(asked, session), (made, other)) if each]]
    done(session, made)
    states.append([(each.act, each.goes_on) for each in map(partial(asked, session), (made, other)) if each])
    assert states == [[("/act/", True), ("/act/", False)], [("", False), ("/act/", False)]]
