"""The portal's own Celery app, which looks each second instead of each half minute for sign-ins to confirm.

``python -m tests.accounts.quick`` is a web process reduced to its embedded worker.
"""

import time

import django

django.setup()

from portal.celery import app  # noqa: E402 - Django is set up only now

__all__ = ["app"]
app.conf.beat_schedule["confirm sign-ins"]["schedule"] = 1

if __name__ == "__main__":
    from portal import embedded

    embedded.start()
    time.sleep(60)
