"""What every task of Celery does when the database is down: one line instead of a traceback each second."""

import logging
from typing import Any

from celery import Task
from django.db import InterfaceError, InternalError, OperationalError

from portal.outage import in_a_line, is_outage

logger = logging.getLogger(__name__)


class DaypassTask(Task):
    """Celery says nothing above INFO of what a task ``throws``; we do."""

    throws = (OperationalError, InterfaceError, InternalError)

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        if is_outage(exc):
            logger.error("%s waits for the database (%s).", self.name, in_a_line(exc))
        elif isinstance(exc, InternalError):
            logger.error("%s failed.", self.name, exc_info=exc)
