"""Where an issue's time goes: a profile by function, of the same request inside one process."""

import cProfile
import io
import pstats
import time
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

ROUNDS, LINES = 200, 30


def profile(path: str, session: str, form: dict[str, str]) -> str:
    """Return the functions that cost most in ROUNDS issues, by their own time and by what they call."""
    client = Client(HTTP_HOST=urlsplit(settings.DAYPASS_BASE_URL).netloc)
    client.cookies[settings.SESSION_COOKIE_NAME] = session

    def take() -> None:
        answer = client.post(
            path, {**form, "request_key": str(uuid.uuid4())}, headers={"sec-fetch-site": "same-origin"}
        )
        if answer.status_code != 200:
            raise RuntimeError(f"no credentials: {answer.status_code}")

    take()
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(ROUNDS):
        take()
    profiler.disable()
    text = io.StringIO()
    statistics = pstats.Stats(profiler, stream=text).strip_dirs()
    statistics.sort_stats("tottime").print_stats(LINES)
    statistics.sort_stats("cumulative").print_stats(LINES * 2)
    return text.getvalue()
