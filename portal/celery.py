"""The Celery app: one configuration for the embedded worker and for Redis or RabbitMQ.

Work is a row of the outbox (audit/outbox.py) before it is a message, so a broker may lose messages and nothing is
lost. The settings below make it lose as few as it can.
"""

import os
from typing import Any

from celery import Celery
from django.conf import settings

from portal.broker import settings_for

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class Program(Celery):
    """Says what is wrong before ``celery -A portal …`` does anything: that program alone asks for ``user_options``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._options: Any = None
        super().__init__(*args, **kwargs)

    @property
    def user_options(self) -> Any:
        from portal import startup  # a module that is also run by itself

        startup.ready()
        startup.fits(web=False)
        return self._options

    @user_options.setter
    def user_options(self, value: Any) -> None:
        self._options = value


app = Program("daypass", task_cls="portal.task:DaypassTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=300,
    task_soft_time_limit=240,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    worker_hijack_root_logger=False,  # an embedded worker must not take over the web process's logs
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
    task_publish_retry=True,
    task_publish_retry_policy={
        "max_retries": 3,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 1,
    },
    timezone="UTC",
    # Times are kept in memory: each entry is safe to repeat, and no file needs guarding.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=1,
    beat_schedule={
        # What waits in the queue after a standstill is out of date: it expires instead of piling up.
        "drain the outbox": {"task": "audit.drain", "schedule": 1, "options": {"expires": 10}},
        "sweep sessions": {"task": "audit.sweep", "schedule": 60, "options": {"expires": 60}},
        "guard the ledger": {"task": "audit.guard_ledger", "schedule": 60, "options": {"expires": 60}},
        "end stale sign-ins": {"task": "accounts.end_stale", "schedule": 60, "options": {"expires": 60}},
        "confirm sign-ins": {"task": "accounts.confirm_due", "schedule": 30, "options": {"expires": 30}},
        "check providers": {"task": "accounts.check_providers", "schedule": 60, "options": {"expires": 60}},
        "prune tools": {"task": "sdk.prune", "schedule": 60, "options": {"expires": 60}},
        "keep house": {"task": "audit.keep_house", "schedule": 3600, "options": {"expires": 600}},
    },
)
app.add_defaults(lambda: settings_for(settings.CELERY_BROKER_URL))  # later: Django's settings import this module
app.autodiscover_tasks()
app.steps["worker"].add("portal.beat_guard:BeatGuard")
