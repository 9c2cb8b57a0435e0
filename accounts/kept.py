"""What a session keeps for its person even when they sign in again: what they were about to do, and never a right.

A new session begins at every sign-in, and at every end of one. What was kept is carried over with whose it is, and
accounts.admit hands it back when the same person signs in again. It goes when anybody else does, or they sign out.
"""

from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import SignIn

Carried = tuple[int | None, Any]
KEY: Final = "kept"
LEFT_BY: Final = "left_by"  # the person whose sign-in ended in this browser


def keep(session: SessionBase, name: str, value: Any) -> None:
    """Keep a JSON value under a name of the keeper's own."""
    session[KEY] = {**session.get(KEY, {}), name: value}


def kept(session: SessionBase, name: str) -> Any:
    """Return what was kept under the name, else None."""
    return session.get(KEY, {}).get(name)


def left_by(session: SessionBase) -> int | None:
    """Return the person whose sign-in ended in this browser, until somebody signs in."""
    person: int | None = session.get(LEFT_BY)
    return person


def begin_anew(session: SessionBase, person: int) -> None:
    """Drop the session of somebody whose sign-in ended, but for what is kept: theirs alone, should they come back."""
    carried = session.get(KEY)
    session.flush()
    session[LEFT_BY] = person
    if carried:
        session[KEY] = carried


def kept_by(session: SessionBase, sign_in: SignIn | None) -> Carried:
    """Return what is kept here and whose it is: the person's who is signed in, or was until their sign-in ended."""
    person = sign_in.user_id if sign_in else session.get(LEFT_BY)
    return person, session.get(KEY)


def give_back(session: SessionBase, carried: Carried, person: int) -> None:
    """Let the new sign-in's session keep what was this person's, and nothing of anybody else's."""
    owner, things = carried
    if things and owner == person:
        session[KEY] = things


def forget_all(session: SessionBase) -> None:
    for name in (KEY, LEFT_BY):
        session.pop(name, None)
