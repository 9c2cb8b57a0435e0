"""Run one job of the outbox: its effect and its being done commit together."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import outbox
from audit.alerts import tell
from audit.jobs import JOBS
from audit.models import Job
from audit.record import DAYPASS, cleanse, record
from audit.tags import Tag

logger = logging.getLogger(__name__)

SECRET_SETTINGS = (
    "DAYPASS_ALERT_WEBHOOK",
    "DAYPASS_ALERT_SECRET",
    "CELERY_BROKER_URL",
    "EMAIL_HOST_PASSWORD",
    "SECRET_KEY",
)
LONGEST_ERROR = 500


def run(job_id: int, attempt: int) -> bool:
    """Do the job if this message is the one that was sent for this attempt; return whether it is now done.

    What goes wrong is kept with the job and tried again later, so nothing is raised but what the database itself
    raises; then the lease runs out and the job is sent anew.
    """
    job = outbox.begin(job_id, attempt)
    if job is None:
        return False
    try:
        return _do(job)
    except Exception as error:  # noqa: BLE001 - whatever a job raises is kept with it and tried again
        _keep(job, error)
        return False


def _do(job: Job) -> bool:
    """Do the errand, if any, with no transaction open; then the effect in one transaction with done_at."""
    work = JOBS[job.task]
    if work.errand:
        work.errand(**job.arguments)
    with transaction.atomic():
        # First, so that a second run of the same job waits here and then finds it done.
        done = outbox.finish(job)
        if done:
            work.effect(**job.arguments)
    return done


def _keep(job: Job, error: Exception) -> None:
    text = error_text(error)
    logger.warning("Job %s failed on attempt %d: %s", job.key, job.attempts, text)
    with transaction.atomic():
        if outbox.fail(job, text):
            _park(job, text)


def _park(job: Job, text: str) -> None:
    """Put a job that is given up on the ledger, and tell people unless telling people is what failed."""
    logger.error("Job %s is parked after %d attempts.", job.key, job.attempts)
    is_alert = job.task.startswith("tell_")
    tag = Tag.ALERT_FAIL if is_alert else Tag.JOB_PARK
    record(tag, actor=DAYPASS, subject="job", subject_id=job.pk, task=job.task, attempts=job.attempts, error=text)
    if not is_alert:
        tell("job", job.pk, occasion=timezone.now().isoformat(timespec="seconds"))


def error_text(error: Exception) -> str:
    """Return the error's kind and words without anything secret, short enough for a list."""
    text = f"{type(error).__name__}: {error}"
    for name in SECRET_SETTINGS:
        secret = getattr(settings, name, "")
        text = text.replace(secret, f"[{name}]") if secret else text
    return str(cleanse(text))[:LONGEST_ERROR]
