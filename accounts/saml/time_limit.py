"""Read a stranger's message in limited time.

What may be in a message is judged before any library acts on it; this is the second line, for what nobody thought of.
A call into C cannot be interrupted, so it runs in a thread of its own, and is left alone when its time is up: the
request ends, and a bounded number of such threads is all that can be lost.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import TypeVar

from accounts.refusals import Reason, SignInRefused

LONGEST = 5.0  # seconds; 300 groups, encrypted and signed twice, take 0.05
AT_ONCE = 16
Result = TypeVar("Result")
_free = BoundedSemaphore(AT_ONCE)


def in_time(work: Callable[[], Result]) -> Result:
    """Return what the work returns, or raise what it raises; raise SignInRefused when it takes too long.

    The work must not touch the database: its thread has connections of its own.
    """
    free = _free
    if not free.acquire(timeout=LONGEST):
        raise SignInRefused(Reason.MESSAGE, f"{AT_ONCE} messages are being read already")
    future: Future[Result] = Future()
    thread = Thread(target=_run, args=(future, work, free), name="saml-message", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system has no thread left; the place must not be lost with it
        free.release()
        raise SignInRefused(Reason.MESSAGE, "nothing is left to read it with") from None
    try:
        return future.result(timeout=LONGEST)
    except TimeoutError:
        raise SignInRefused(Reason.MESSAGE, f"it takes more than {LONGEST:g} seconds to read") from None


def _run(future: Future[Result], work: Callable[[], Result], taken_from: BoundedSemaphore) -> None:
    """Give back the place that was taken: by the time that something hanging ends, there may be other ones."""
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001  # raised again where the result is awaited
        future.set_exception(error)
    finally:
        taken_from.release()
