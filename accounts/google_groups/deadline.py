"""Ask Google, and wait for it no longer than a whole time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from accounts.google_groups.refused import GroupsUnknown
from accounts.group_problems import Problem
from portal import deadline

T = TypeVar("T")
PLACES = threading.BoundedSemaphore(16)  # a Google that hangs cannot fill the process with threads


def within(seconds: float, act: Callable[[], T]) -> T:
    """Return or raise what ``act`` does; raise GroupsUnknown when it takes longer or too many are at it."""
    try:
        return deadline.within(seconds, act, places=PLACES)
    except deadline.TooLate as late:
        raise GroupsUnknown(Problem.UNAVAILABLE, str(late)) from None
