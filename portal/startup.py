"""A start that cannot succeed ends with one sentence, not with a traceback.

``python -m portal.startup`` tries everything that a start reads: settings, keys, providers' file, database.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

BASE = Path(__file__).resolve().parent.parent


@contextmanager
def in_plain_words() -> Iterator[None]:
    """End the process with status 1 and the reason if the settings, or the database that they name, are unusable."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(f"Daypass cannot start. {error}")
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0].removesuffix(".")
        sys.exit(f"The database cannot be used: {reason}. Is it running, and is DATABASE_URL right?")


def ready() -> None:
    """Set Django up, which reads settings, keys and providers (portal/apps.py), and reach for the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    with in_plain_words():
        import django
        from django.db import connection

        django.setup()
        connection.ensure_connection()
        connection.close()  # a process that forks must not share it


def fits(*, web: bool) -> None:
    """Ask, once Django is set up, whether this version can work on this database, and the web processes beside."""
    with in_plain_words():
        from django.db import connection

        from portal import capacity, fit

        fit.demand()
        if web:
            capacity.demand()
        connection.close()


def try_all() -> None:
    """Do so in a process of its own: gunicorn's master stays without settings, so its workers read them anew."""
    done = subprocess.run([sys.executable, "-m", "portal.startup"], cwd=BASE, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    ready()
    fits(web=True)
