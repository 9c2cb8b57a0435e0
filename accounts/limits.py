"""How often a stranger may try something: counters of fixed windows in the shared cache."""

import hashlib
import time

from django.core.cache import cache


def allowed(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one try and tell whether it is within ``most`` tries in this window of ``seconds``.

    Two that count at the same moment may count as one: a cache cannot do better on every backend, and a limit that is
    a few tries too generous is still a limit.
    """
    window = int(time.time()) // seconds
    mark = hashlib.sha256(who.encode()).hexdigest()[:32]  # a name that somebody typed is no cache key
    key = f"limit:{what}:{window}:{mark}"
    tries = 1 + int(cache.get(key, 0))
    cache.set(key, tries, seconds)
    return tries <= most
