"""The catalog page's cost by the number of roles: queries, size and time, inside this process."""

import statistics
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.catalog import READERS

ROUNDS = 15


def measure(cookies: dict[str, str]) -> dict[int, dict[str, Any]]:
    """Return for each number of roles: queries of a whole page, its kilobytes, and the median milliseconds."""
    return {count: _page(cookies[person]) for count, person in READERS.items()}


def _page(session: str) -> dict[str, Any]:
    client = Client(HTTP_HOST=urlsplit(settings.DAYPASS_BASE_URL).netloc)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    _get(client)
    with CaptureQueriesContext(connection) as captured:
        body = _get(client)
    queries = len(captured)  # the next request empties the log
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _get(client)
        times.append((time.perf_counter() - began) * 1000)
    kilobytes = round(len(body) / 1000, 1)
    return {"queries": queries, "kilobytes": kilobytes, "p50_ms": round(statistics.median(times), 1)}


def _get(client: Client) -> bytes:
    answer = client.get("/")
    if answer.status_code != 200:
        raise RuntimeError(f"the catalog answered {answer.status_code}")
    return bytes(answer.content)
