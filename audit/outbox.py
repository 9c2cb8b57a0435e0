"""Work for Celery as rows of the database: put in with its cause, leased, done once.

A broker only wakes a worker; what is to be done, and whether it was done, stands here. So a broker or worker that
dies delays the work and loses nothing, and a message that comes twice does nothing twice.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from audit.models import Job
from portal.compiled import insert

# At most this many jobs are out with workers at once, so that a slow worker's queue does not outgrow the lease.
IN_FLIGHT = 200
MAX_ATTEMPTS = 12  # with the pauses below: about five hours
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
PATIENCE = timedelta(minutes=1)
KEPT = timedelta(days=14)  # done jobs, for whoever asks what happened last week
PRUNED_AT_ONCE = 5000


def enqueue(task: str, *, key: str, due_at: datetime | None = None, **ids: str | int) -> None:
    """Ask for ``task`` once per ``key``, no earlier than ``due_at``; asking again for the same key changes nothing.

    ``task`` is a name of audit.jobs; ``ids`` are its arguments. A broker or worker that is down delays the work and
    loses nothing, because this row commits with its cause or not at all.
    """
    put(wanted(task, key=key, due_at=due_at, **ids))


def wanted(task: str, *, key: str, due_at: datetime | None = None, **ids: str | int) -> Job:
    """Return the work that ``enqueue`` would ask for, not yet asked."""
    return Job(task=task, key=key, due_at=due_at or timezone.now(), arguments=ids)


def put(*jobs: Job) -> None:
    """Ask for several things at once, each once per key, in one statement."""
    insert(*jobs, ignore_conflicts=True)


def lease() -> timedelta:
    """Return how long a worker may take before somebody else tries: longer than the longest job."""
    return timedelta(seconds=settings.DAYPASS_JOB_LEASE)


def waiting() -> QuerySet[Job]:
    """Return the jobs that are neither done nor parked."""
    return Job.objects.filter(done_at=None, parked_at=None)


def claim() -> list[tuple[int, int]]:
    """Lease the jobs that are due and return (id, attempts so far) of each.

    Two that claim at once get different jobs: PostgreSQL skips rows that another has locked, SQLite begins with
    the write lock. Nothing is locked, and nothing written, while there is nothing to do.
    """
    now = timezone.now()
    due = waiting().filter(Q(leased_until=None) | Q(leased_until__lte=now), due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        room = IN_FLIGHT - waiting().filter(leased_until__gt=now).count()
        jobs = list(_skipping_locked(due).order_by("due_at", "id")[: max(room, 0)])
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(leased_until=now + lease())
    return [(job.pk, job.attempts) for job in jobs]


def _skipping_locked(jobs: QuerySet[Job]) -> QuerySet[Job]:
    able = connection.features.has_select_for_update_skip_locked
    return jobs.select_for_update(skip_locked=True) if able else jobs


def release(job_ids: list[int]) -> None:
    """Give leased jobs back that no broker took, so that they need not wait for the lease to run out."""
    waiting().filter(pk__in=job_ids).update(leased_until=None)


def begin(job_id: int, attempt: int) -> Job | None:
    """Count one more attempt and return the job, or None for a message that is late or came twice.

    The count of attempts is what a message was sent for: only one delivery finds it unchanged.
    """
    begun = waiting().filter(pk=job_id, attempts=attempt).update(attempts=F("attempts") + 1, leased_until=_lease_end())
    return Job.objects.get(pk=job_id) if begun else None


def finish(job: Job) -> bool:
    """Mark the job done and tell whether this attempt still held it; call it in the transaction of the effect."""
    held = waiting().filter(pk=job.pk, attempts=job.attempts)
    return bool(held.update(done_at=timezone.now(), leased_until=None, error=""))


def fail(job: Job, error: str) -> bool:
    """Keep the error and try again after a pause that doubles; return True if Daypass now gives up on the job."""
    now = timezone.now()
    parked = job.attempts >= MAX_ATTEMPTS
    held = waiting().filter(pk=job.pk, attempts=job.attempts)
    changed = held.update(
        error=error, leased_until=None, due_at=now + pause(job.attempts), parked_at=now if parked else None
    )
    return parked and bool(changed)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after that many attempts: 15 s, then doubling, at most an hour."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def retry(job_id: int) -> bool:
    """Take a parked job up again from the start; tell whether it was parked."""
    parked = Job.objects.filter(pk=job_id, parked_at__isnull=False, done_at=None)
    return bool(parked.update(parked_at=None, attempts=0, due_at=timezone.now()))


def prune() -> int:
    """Delete jobs that were done two weeks ago, some at a time, and return how many."""
    old = Job.objects.filter(done_at__lt=timezone.now() - KEPT).order_by("done_at").values("pk")[:PRUNED_AT_ONCE]
    deleted, _ = Job.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return deleted


def is_behind() -> bool:
    """Tell whether work has been waiting for a minute, which no healthy worker lets happen."""
    return waiting().filter(due_at__lt=timezone.now() - PATIENCE).exists()


def _lease_end() -> datetime:
    return timezone.now() + lease()
