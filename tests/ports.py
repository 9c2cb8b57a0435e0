"""Ports for what tests start."""

import random
import socket


def three_free_ports() -> int:
    """Return the first of three ports in a row that nobody listens on."""
    while True:
        first = random.randrange(20000, 32000, 10)  # noqa: S311 - no secret
        free = True
        for port in range(first, first + 3):
            with socket.socket() as probe:
                free = free and probe.connect_ex(("127.0.0.1", port)) != 0
        if free:
            return first


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
