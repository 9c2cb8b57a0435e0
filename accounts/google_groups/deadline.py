"""Do something that may hang, and wait for it no longer than a whole time.

Time limits of sockets begin anew with each address of a name and each byte that drips in, and a resolver has none
that can be set. So a thread does the work, and whoever waits leaves it behind when the time is over. It ends by its own
limits; until then it holds one of a few places, so that a Google that hangs cannot fill the process with threads.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from accounts.google_groups.refused import GroupsUnknown
from accounts.group_problems import Problem

T = TypeVar("T")
PLACES = threading.BoundedSemaphore(16)


def within(seconds: float, act: Callable[[], T]) -> T:
    """Return or raise what ``act`` does; raise GroupsUnknown when it takes longer or too many are at it."""
    if not PLACES.acquire(blocking=False):
        raise GroupsUnknown(Problem.UNAVAILABLE, "too many are waiting for Google already")
    future: Future[T] = Future()
    try:
        threading.Thread(target=_work, args=(future, act), name="google-groups", daemon=True).start()
    except RuntimeError:  # the system gives no thread: the place is free again
        PLACES.release()
        raise GroupsUnknown(Problem.UNAVAILABLE, "no thread to ask in") from None
    try:
        return future.result(timeout=seconds)
    except TimeoutError:
        raise GroupsUnknown(Problem.UNAVAILABLE, f"no whole answer within {seconds:g} seconds") from None


def _work(future: "Future[T]", act: Callable[[], T]) -> None:
    try:
        future.set_result(act())
    except Exception as error:  # noqa: BLE001  # raised again in the thread that waits
        future.set_exception(error)
    finally:
        PLACES.release()
