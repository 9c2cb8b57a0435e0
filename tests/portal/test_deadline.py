"""Whoever waits gets away in time, and what hangs holds one of a few places until it ends."""

import threading

import pytest

from portal.deadline import TooLate, within


def test_an_error_is_passed_on_a_timeout_of_the_acts_own_too() -> None:
    places = threading.BoundedSemaphore(1)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="its own"):
            within(5, lambda: (_ for _ in ()).throw(TimeoutError("its own")), places=places)


def test_what_hangs_holds_its_place_until_it_ends() -> None:
    places, released = threading.BoundedSemaphore(1), threading.Event()
    with pytest.raises(TooLate, match=r"no whole answer within 0\.05 seconds"):
        within(0.05, lambda: released.wait(10), places=places)
    with pytest.raises(TooLate, match="too many are waiting already"):
        within(5, lambda: 7, places=places)
    released.set()
    assert places.acquire(timeout=5)
    places.release()
    assert within(5, lambda: 7, places=places) == 7
