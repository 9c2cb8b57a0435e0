"""Put work for Celery into the database, in the transaction of its cause."""

from datetime import datetime

from django.utils import timezone

from audit.models import Job


def enqueue(task: str, *, key: str, due_at: datetime | None = None, **ids: str | int) -> None:
    """Ask for ``task`` once per ``key``, no earlier than ``due_at``; asking again for the same key changes nothing.

    ``task`` is a name of audit.jobs; ``ids`` are its arguments. A broker or worker that is down delays the work and
    loses nothing, because this row commits with its cause or not at all.
    """
    Job.objects.bulk_create(
        [Job(task=task, key=key, due_at=due_at or timezone.now(), arguments=ids)], ignore_conflicts=True
    )
