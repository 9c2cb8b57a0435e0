"""What the page of the providers shows: for each the last look, the last sign-in, and what went wrong lately.

Nobody is asked while a page is made: what a provider answers is the look's business.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from accounts import pauses
from accounts.health.concerns import OLD, Concern, concerns_of
from accounts.health.models import ProviderCheck
from accounts.health.result import Result
from accounts.models import SignIn
from accounts.providers import Provider, configured
from accounts.scim.status import LastPush, last_push
from audit.models import Event
from audit.tags import Tag

LOOKED_THROUGH, ERRORS = 300, 5
REFUSALS = (Tag.SIGN_IN_REFUSE, Tag.IDENTITY_REFUSE, Tag.PROVIDER_TRY)
DAY = timedelta(days=1)


class State(StrEnum):
    """A word for each, which is also what its badge is called."""

    FAILING = "failing"
    ATTENTION = "attention"
    WORKING = "working"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Shown:
    """One provider. ``latest`` is its newest sign-in, ``today`` how many there were in 24 hours."""

    provider: Provider
    check: ProviderCheck | None
    result: Result
    concerns: list[Concern]
    latest: SignIn | None
    today: int
    errors: list[Event]
    rests_until: datetime | None
    directory: LastPush | None

    @property
    def state(self) -> State:
        if any(concern.is_bad for concern in self.concerns):
            return State.FAILING
        if self.check is None or self.check.checked_at is None:
            return State.UNKNOWN
        return State.ATTENTION if self.concerns else State.WORKING


def shown_providers() -> list[Shown]:
    """Return the configured providers in the file's order."""
    now, kept = timezone.now(), ProviderCheck.objects.in_bulk()
    errors, paused = errors_by_provider(), pauses.all_pauses()
    return [_shown(found, kept.get(slug), errors[slug], paused.get(slug), now) for slug, found in configured().items()]


def _shown(
    provider: Provider, check: ProviderCheck | None, errors: list[Event], rests_until: datetime | None, now: datetime
) -> Shown:
    result = Result.from_json(check.result) if check else Result()
    since = check.failing_since if check else None
    made = SignIn.objects.filter(provider=provider.slug)
    return Shown(
        provider=provider,
        check=check,
        result=result,
        concerns=[*concerns_of(result, failing_since=since, now=now), *_not_looked_at(check, now)],
        latest=made.order_by("-started_at").only("email", "subject", "provider", "started_at").first(),
        today=made.filter(started_at__gte=now - DAY).count(),
        errors=errors[:ERRORS],
        rests_until=rests_until if rests_until and rests_until > now else None,
        directory=last_push(provider.slug) if provider.scim_token else None,
    )


def _not_looked_at(check: ProviderCheck | None, now: datetime) -> Iterable[Concern]:
    if check and check.checked_at and now - check.checked_at > OLD:
        yield Concern(
            "old",
            f"Nobody has looked since {check.checked_at:%d %B, %H:%M} UTC.",
            "Celery looks every ten minutes: is a worker running?",
        )


def errors_by_provider() -> dict[str, list[Event]]:
    """Return the latest refusals by provider, newest first, as far as the last 300 of each kind reach."""
    found = defaultdict(list)
    for tag in REFUSALS:
        for event in Event.objects.filter(tag=tag).order_by("-pk")[:LOOKED_THROUGH]:
            if "reason" in event.details:
                found[str(event.details.get("provider", ""))].append(event)
    newest = {slug: sorted(events, key=lambda event: -event.pk) for slug, events in found.items()}
    return defaultdict(list, newest)
