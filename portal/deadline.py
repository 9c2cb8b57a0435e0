"""Do something that may hang, and wait for it no longer than a whole time.

Time limits of sockets begin anew with each address of a name and each byte that drips in, and a resolver has none
that can be set. So a thread does the work, and whoever waits leaves it behind when the time is over. It ends by its own
limits; until then it holds one of a few places, so that whoever hangs cannot fill the process with threads.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """It takes longer, or too many are at it already; the text says which."""


def within(seconds: float, act: Callable[[], T], *, places: threading.BoundedSemaphore) -> T:
    """Return or raise what ``act`` does; raise TooLate when it takes longer or has no place."""
    if not places.acquire(blocking=False):
        raise TooLate("too many are waiting already")
    future: Future[T] = Future()
    try:
        threading.Thread(target=_work, args=(future, act, places), name="deadline", daemon=True).start()
    except RuntimeError:  # the system gives no thread: the place is free again
        places.release()
        raise TooLate("no thread to ask in") from None
    try:
        return future.result(timeout=seconds)
    except TimeoutError:
        if future.done():
            raise  # the act's own
        raise TooLate(f"no whole answer within {seconds:g} seconds") from None


def _work(future: "Future[T]", act: Callable[[], T], places: threading.BoundedSemaphore) -> None:
    try:
        future.set_result(act())
    except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
        future.set_exception(error)
    finally:
        places.release()
