"""How many web processes, and threads in each: gunicorn starts that many, and portal/capacity.py counts them."""

from portal import env


def workers() -> int:
    return env.integer("DAYPASS_WORKERS", 2, least=1, most=256)


def threads() -> int:
    """A thread waits for STS most of its time; 32 in one process keep 32 calls in flight."""
    return env.integer("DAYPASS_THREADS", 32, least=1, most=1024)
