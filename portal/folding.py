"""SQLite compares without heed to case as PostgreSQL does, beyond ASCII too: Équipe is found by équipe.

Every lookup of Django that heeds no case (``icontains``, ``iexact``) is a LIKE there, so LIKE is the one place.
"""

import re
import sqlite3
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

JOKERS = {"%": ".*", "_": "."}


def fold_like(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Put a LIKE that folds by Unicode in the place of SQLite's; a receiver of ``connection_created``."""
    if isinstance(connection.connection, sqlite3.Connection):
        for arguments in (2, 3):
            connection.connection.create_function("LIKE", arguments, _like, deterministic=True)


def _like(pattern: object, text: object, escape: str = "") -> bool | None:
    if pattern is None or text is None:
        return None
    return _compiled(str(pattern), escape).fullmatch(str(text).casefold()) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, escape: str) -> re.Pattern[str]:
    parts = re.findall(rf"{re.escape(escape)}(.)|(.)" if escape else "()(.)", pattern, re.DOTALL)
    meant = (JOKERS.get(free) or re.escape((literal or free).casefold()) for literal, free in parts)
    return re.compile("".join(meant), re.DOTALL)
