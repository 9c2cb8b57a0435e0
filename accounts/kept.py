"""What a session keeps for its person even when they sign in again: what they were about to do, and never a right.

allauth begins a new session at every sign-in, which is right. accounts.admit carries these things over when the same
person signs in again, and drops them when it is anybody else.
"""

from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

KEY: Final = "kept"


def keep(session: SessionBase, name: str, value: Any) -> None:
    """Keep a JSON value under a name of the keeper's own."""
    session[KEY] = {**session.get(KEY, {}), name: value}


def kept(session: SessionBase, name: str) -> Any:
    """Return what was kept under the name, else None."""
    return session.get(KEY, {}).get(name)
