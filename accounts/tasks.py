"""What Celery runs of this room. Every task takes an id at most and is safe to run twice."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.confirm import confirm, due
from accounts.health.check import check
from accounts.health.check import due as due_providers
from accounts.stale import end_stale_sign_ins

EXPIRES = 60  # seconds: what was not asked by then is found again


@shared_task(name="accounts.end_stale", time_limit=55, soft_time_limit=50)
def end_stale() -> None:
    end_stale_sign_ins()


@shared_task(name="accounts.confirm_due", time_limit=30, soft_time_limit=25)
def confirm_due() -> None:
    """Send one message for each sign-in whose provider is to be asked now."""
    for key in due(timezone.now()):
        confirm_sign_in.apply_async((str(key),), expires=EXPIRES)


@shared_task(name="accounts.confirm", time_limit=60, soft_time_limit=55)
def confirm_sign_in(key: str) -> None:
    confirm(UUID(key))


@shared_task(name="accounts.check_providers", time_limit=30, soft_time_limit=25)
def check_providers() -> None:
    """Send one message for each provider that is to be looked at now."""
    for slug in due_providers(timezone.now()):
        check_provider.apply_async((slug,), expires=EXPIRES)


@shared_task(name="accounts.check_provider", time_limit=60, soft_time_limit=55)
def check_provider(slug: str) -> None:
    check(slug)
