"""A start that cannot succeed ends with one sentence, not with a traceback."""

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError


@contextmanager
def in_plain_words() -> Iterator[None]:
    """End the process with status 1 and the reason if the settings, or the database that they name, are unusable."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(f"Daypass cannot start. {error}")
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(f"The database cannot be used: {reason}. Is it running, and is DATABASE_URL right?")


def try_settings() -> None:
    """Read the settings once and forget them: gunicorn's master stays without them, so its workers read them anew."""
    with in_plain_words():
        runpy.run_module("portal.settings")
