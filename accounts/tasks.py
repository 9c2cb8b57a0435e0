"""What Celery runs of this room."""

from celery import shared_task

from accounts.stale import end_stale_sign_ins


@shared_task(name="accounts.end_stale", time_limit=55, soft_time_limit=50)
def end_stale() -> None:
    end_stale_sign_ins()
