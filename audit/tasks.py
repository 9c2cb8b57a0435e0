"""What Celery runs. Every task takes ids at most, calls one function, and is safe to run twice."""

import logging
from typing import Any

from celery import Task, shared_task
from celery.signals import task_success
from kombu.exceptions import OperationalError

from audit import duties, guard, outbox
from audit.expiry import sweep
from audit.housekeeping import keep_house
from audit.runner import run

logger = logging.getLogger(__name__)


@shared_task(name="audit.drain", time_limit=30, soft_time_limit=25)
def drain() -> None:
    """Lease the jobs that are due and send one message for each."""
    claimed = outbox.claim()
    for sent, (job_id, attempt) in enumerate(claimed):
        try:
            # Once the lease is over another message is sent, so this one need not wait for longer.
            run_job.apply_async((job_id, attempt), expires=outbox.lease().total_seconds())
        except OperationalError:
            outbox.release([job_id for job_id, _ in claimed[sent:]])
            raise


@shared_task(name="audit.run_job", time_limit=50, soft_time_limit=45)
def run_job(job_id: int, attempt: int) -> None:
    run(job_id, attempt)


@shared_task(name="audit.sweep", time_limit=55, soft_time_limit=50)
def sweep_sessions() -> None:
    changed = sweep()
    if changed:
        logger.info("Swept %d sessions.", changed)


@shared_task(name="audit.guard_ledger", time_limit=30, soft_time_limit=25)
def guard_ledger() -> None:
    guard.watch()


@shared_task(name="audit.keep_house")
def housekeeping() -> None:
    logger.info("Housekeeping: %s.", keep_house())


@task_success.connect
def note_duty(sender: Task, **kwargs: Any) -> None:
    """Every periodic duty, of whichever room, leaves its sign of life; one that fails leaves none."""
    duties.note(sender.name)
