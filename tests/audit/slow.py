"""The portal's own Celery app, whose audits take a while inside their transaction: somebody can be killed there.

``python -m tests.audit.slow`` is a web process reduced to its embedded worker; ``application`` is a whole one.
"""

import os
import time
from typing import Any

from django.core.wsgi import get_wsgi_application

from portal.celery import app

SECONDS = float(os.environ.get("DAYPASS_TEST_AUDIT_SECONDS", "0.05"))

application = get_wsgi_application()

from audit import jobs  # noqa: E402 - models are there only now
from audit.review import audit_session  # noqa: E402 - as above

__all__ = ["app", "application"]


def slowly(**ids: Any) -> None:
    audit_session(**ids)
    time.sleep(SECONDS)


jobs.JOBS["audit_session"] = jobs.Work(slowly)

if __name__ == "__main__":
    from portal import embedded

    embedded.start()
    time.sleep(60)
