"""What somebody was about to take when they were asked to confirm that they are there: kept until they are back.

It stands in their session and holds what they chose in the form, nothing that came of it.
"""

import time
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

from accounts.kept import keep, kept

NAME: Final = "wishes"
CHOSEN: Final = ("duration", "reason", "profile", "region", "destination", "download")
GOOD_FOR, MOST = 1800, 5  # seconds; roles at once, for people with many tabs
RoleKey = tuple[str, str]


def keep_wish(session: SessionBase, role: RoleKey, chosen: dict[str, Any], *, delivery: str, reference: str) -> None:
    """Keep a valid form's choices for this role; a newer one takes its place."""
    wish = {name: chosen[name] for name in CHOSEN if chosen[name]}
    others = [each for each in _alive(session) if each["role"] != list(role)]
    made = {"role": list(role), "at": time.time(), "wish": wish, "delivery": delivery, "reference": reference}
    keep(session, NAME, [*others, made][-MOST:])


def kept_wish(session: SessionBase, role: RoleKey) -> dict[str, Any] | None:
    """Return what is kept for the role: ``wish`` (the choices by name), ``delivery`` and ``reference``."""
    return next((each for each in _alive(session) if each["role"] == list(role)), None)


def forget_wish(session: SessionBase, role: RoleKey) -> None:
    if kept_wish(session, role):
        keep(session, NAME, [each for each in _alive(session) if each["role"] != list(role)])


def _alive(session: SessionBase) -> list[dict[str, Any]]:
    return [each for each in kept(session, NAME) or [] if time.time() - each["at"] <= GOOD_FOR]
