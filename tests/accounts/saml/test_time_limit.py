"""Reading a message has an end: for the request at once, for what hangs by a number of threads."""

from collections.abc import Iterator
from threading import BoundedSemaphore, Event, Thread
from threading import enumerate as threads

import pytest

from accounts.refusals import SignInRefused
from accounts.saml import time_limit
from accounts.saml.time_limit import in_time


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Work that ends when the test does."""
    monkeypatch.setattr(time_limit, "LONGEST", 0.05)
    over = Event()
    yield over
    over.set()


def test_what_is_read_is_returned_and_what_is_refused_is_refused() -> None:
    def refuse() -> None:
        raise ZeroDivisionError

    assert in_time(lambda: "read") == "read"
    with pytest.raises(ZeroDivisionError):
        in_time(refuse)


def test_the_limits_are_five_seconds_and_sixteen_messages() -> None:
    assert (time_limit.LONGEST, time_limit.AT_ONCE) == (5.0, 16)


def test_what_never_ends_is_refused(hanging: Event) -> None:
    with pytest.raises(SignInRefused, match=r"malformed_message: it takes more than 0\.05 seconds to read"):
        in_time(hanging.wait)


def test_only_so_many_hang(hanging: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "_free", BoundedSemaphore(2))
    for _ in range(2):
        with pytest.raises(SignInRefused, match="seconds to read"):
            in_time(hanging.wait)
    with pytest.raises(SignInRefused, match="messages are being read already"):
        in_time(lambda: "read")
    hanging.set()
    monkeypatch.setattr(time_limit, "LONGEST", 5.0)
    assert in_time(lambda: "read") == "read"


def test_what_hangs_gives_its_own_place_back_when_the_places_are_others(
    hanging: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = BoundedSemaphore(1)
    monkeypatch.setattr(time_limit, "_free", places)
    with pytest.raises(SignInRefused, match="seconds to read"):
        in_time(hanging.wait)
    monkeypatch.setattr(time_limit, "_free", BoundedSemaphore(1))
    hanging.set()
    for thread in threads():
        if thread.name == "saml-message":
            thread.join()
    assert places.acquire(blocking=False)


def test_a_thread_that_cannot_be_had_costs_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    places = BoundedSemaphore(1)
    monkeypatch.setattr(time_limit, "_free", places)
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", refuse)
        with pytest.raises(SignInRefused, match="malformed_message: nothing is left to read it with"):
            in_time(lambda: "read")
    assert in_time(lambda: "read") == "read"
