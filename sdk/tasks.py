"""What Celery runs of this room."""

from celery import shared_task

from sdk.prune import prune


@shared_task(name="sdk.prune", time_limit=300, soft_time_limit=240)
def prune_tools() -> None:
    prune()
