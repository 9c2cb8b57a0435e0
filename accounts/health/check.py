"""Look at a provider and keep what was found; put what lasts on the ledger, once a day."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.health.concerns import Concern, concerns_of, lasting
from accounts.health.models import ProviderCheck
from accounts.health.probe import probe
from accounts.health.result import Result
from accounts.limits import DAY, PROVIDER, Limit, counted
from accounts.providers import Provider, configured
from audit.models import Event
from audit.record import DAYPASS, record
from audit.tags import Tag
from portal.http import reference

EVERY = timedelta(minutes=10)
ONCE_A_DAY = Limit(
    "provider_warn",
    1,
    DAY,
    PROVIDER,
    "A lasting trouble of one kind that the ledger takes down; later ones are on the page *Identity providers*.",
)


def due(now: datetime) -> list[str]:
    """Return the providers to look at now; a provider that is new in the file is one of them."""
    waiting = ProviderCheck.objects.filter(provider__in=configured())
    later = set(waiting.filter(due_at__gt=now).values_list("provider", flat=True))
    return [slug for slug in configured() if slug not in later]


def ask_for(slug: str) -> None:
    """Note that somebody wants a look now. Whoever runs the next round of Celery has it."""
    now = timezone.now()
    ProviderCheck.objects.update_or_create(provider=slug, defaults={"asked_at": now, "due_at": now})


def check(slug: str) -> bool:
    """Look at the provider, if that is due; return whether it was. Two at once look once, and safe to repeat."""
    provider, now = configured().get(slug), timezone.now()
    if provider is None:
        return False
    ProviderCheck.objects.get_or_create(provider=slug, defaults={"due_at": now})
    if not ProviderCheck.objects.filter(provider=slug, due_at__lte=now).update(due_at=now + EVERY):
        return False
    result = replace(probe(provider, now), renewals=renewals(slug, now))
    warn(provider, *keep(slug, result), timezone.now())
    return True


def keep(slug: str, result: Result) -> tuple[Result, datetime | None]:
    """Write what was found over what was before, but for when a document was good last; return it and since when."""
    row, now = ProviderCheck.objects.get(provider=slug), timezone.now()
    before = {document.what: document.good_at for document in Result.from_json(row.result).documents}
    documents = tuple(replace(each, good_at=each.good_at or before.get(each.what)) for each in result.documents)
    kept = replace(result, documents=documents)
    since = (row.failing_since or now) if kept.problem else None
    changed = {"checked_at": now, "failing_since": since, "result": kept.as_json()}
    ProviderCheck.objects.filter(provider=slug).update(**changed)
    return kept, since


def warn(provider: Provider, result: Result, failing_since: datetime | None, now: datetime) -> None:
    found = concerns_of(result, failing_since=failing_since, now=now)
    for each in lasting(found, failing_since, now):
        with transaction.atomic():  # a warning that was counted and not written would be missing for a day
            if counted(ONCE_A_DAY, f"{provider.slug}:{each.code}").tries == 1:
                _record(provider, each)


def renewals(slug: str, now: datetime) -> dict[str, int]:
    """Return by outcome how the refreshes of this provider's sign-ins went in the last 24 hours."""
    lately = Event.objects.filter(tag=Tag.SIGN_IN_REFRESH, occurred_at__gte=now - timedelta(days=1))
    ours = lately.filter(details__provider=slug).order_by()
    return ours.aggregate(
        renewed=Count("pk", filter=Q(details__outcome="renewed")),
        refused=Count("pk", filter=Q(details__outcome="refused")),
    )


def _record(provider: Provider, concern: Concern) -> None:
    record(
        Tag.PROVIDER_WARN,
        actor=DAYPASS,
        subject="provider",
        subject_id=provider.slug,
        reference=reference(),
        provider=provider.slug,
        code=concern.code,
        text=f"{provider.name}: {concern.text} {concern.remedy}",
    )
