"""The metadata of a provider: fetched every few hours, shared by all processes, and kept while it does not answer.

A signature that no known key made asks for it once more, at most once a minute in all processes together, so that an
urgent change of keys locks nobody out, and nobody can have us ask all day.
"""

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.utils import timezone

from accounts import wire
from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.idp_metadata import IdpMetadata, read, wrong
from accounts.saml.models import SamlMetadata

logger = logging.getLogger(__name__)
KEEP, LEAST_KEEP, LONGEST_KEEP = timedelta(hours=4), timedelta(minutes=10), timedelta(days=1)
ASK_AGAIN_AFTER = timedelta(minutes=1)
KEPT = ("source", "document", "fetched_at", "fresh_until", "asked_at", "problem")
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
ACCEPT = "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8"


@dataclass(frozen=True)
class Known:
    """What is known of a provider's metadata, for whoever looks after it. Times are None where it is a file."""

    metadata: IdpMetadata
    fetched_at: datetime | None
    fresh_until: datetime | None
    problem: str


def current(provider: SamlProvider) -> IdpMetadata:
    """Return the metadata to go by; raise SignInRefused when there is none or what there is has run out."""
    if provider.metadata_file:
        return _valid(_from_file(provider))
    row = _row(provider)
    if row is None:
        return _valid(_read(provider, _fetch(provider)))
    if row.fresh_until <= timezone.now() and _may_ask(row):
        return _valid(_refreshed(provider, row))
    return _valid(_read(provider, row))


def renewed(provider: SamlProvider, known: IdpMetadata) -> IdpMetadata | None:
    """Return metadata with other keys than those known, asked for anew if that is due; None when there is none."""
    try:
        found = _asked_again(provider)
    except SignInRefused:
        return None
    return found if set(found.keys) != set(known.keys) else None


def known(provider: SamlProvider) -> Known | None:
    """Return what is there without asking anybody; None when nothing usable is."""
    try:
        if provider.metadata_file:
            return Known(_from_file(provider), None, None, "")
        row = _row(provider)
        return Known(_read(provider, row), row.fetched_at, row.fresh_until, row.problem) if row else None
    except SignInRefused:
        return None


def warm(providers: Iterable[SamlProvider]) -> None:
    """Ask each provider once, at the start; one that does not answer is asked again when somebody signs in."""
    for provider in providers:
        try:
            current(provider)
        except SignInRefused as refusal:
            logger.warning("%s could not be asked at the start: %s", provider.slug, refusal)


def known_origins(providers: Iterable[SamlProvider]) -> list[str]:
    """Return the origins of the sign-in and sign-out pages that are known by now."""
    found = [there.metadata for provider in providers if (there := known(provider))]
    pages = [urlsplit(address) for metadata in found for address in (metadata.sso_url, metadata.slo_url) if address]
    # Plain hosts alone: what a provider writes must not end up as a directive of our policy.
    return sorted({f"{page.scheme}://{page.netloc}" for page in pages if HOST.fullmatch(page.netloc)})


def _asked_again(provider: SamlProvider) -> IdpMetadata:
    if provider.metadata_file:
        return _valid(_from_file(provider))
    row = _row(provider)
    if row is not None and not _may_ask(row):
        return _valid(_read(provider, row))  # another process may have asked just now
    return _valid(_read(provider, _fetch(provider)))


def _may_ask(row: SamlMetadata) -> bool:
    """Let the database pick one process a minute."""
    now = timezone.now()
    due = SamlMetadata.objects.filter(pk=row.pk, asked_at__lte=now - ASK_AGAIN_AFTER)
    return bool(due.update(asked_at=now))


def _refreshed(provider: SamlProvider, row: SamlMetadata) -> IdpMetadata:
    """Return new metadata, or the last good one where the provider does not answer or answers nonsense."""
    try:
        return _read(provider, _fetch(provider))
    except SignInRefused as refusal:
        logger.warning("%s: the last good metadata is used: %s", provider.slug, refusal)
        SamlMetadata.objects.filter(pk=row.pk).update(problem=str(refusal)[:200])
        return _read(provider, row)


def _fetch(provider: SamlProvider) -> SamlMetadata:
    """Ask the provider and keep the answer, if it is good."""
    document = wire.get(provider.metadata_url, accept=ACCEPT, ca=provider.ca_certificates)
    metadata = read(document, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)
    _valid(metadata)
    now = timezone.now()
    keep = min(max(metadata.keep or KEEP, LEAST_KEEP), LONGEST_KEEP)
    row = SamlMetadata(
        provider=provider.slug,
        source=_source(provider),
        document=document.decode("utf-8", "strict"),
        fetched_at=now,
        fresh_until=min(now + keep, metadata.valid_until or now + keep),
        asked_at=now,
        problem="",
    )
    SamlMetadata.objects.update_or_create(provider=provider.slug, defaults={name: getattr(row, name) for name in KEPT})
    return row


def _row(provider: SamlProvider) -> SamlMetadata | None:
    return SamlMetadata.objects.filter(pk=provider.slug, source=_source(provider)).first()


def _source(provider: SamlProvider) -> str:
    return hashlib.sha256(f"{provider.metadata_url} {provider.entity_id}".encode()).hexdigest()


def _read(provider: SamlProvider, row: SamlMetadata) -> IdpMetadata:
    return read(row.document.encode(), provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)


def _from_file(provider: SamlProvider) -> IdpMetadata:
    try:
        document = Path(provider.metadata_file).read_bytes()
    except OSError as error:
        raise SignInRefused(Reason.DISCOVERY, f"metadata: {type(error).__name__}") from None
    return read(document, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)


def _valid(metadata: IdpMetadata) -> IdpMetadata:
    """Metadata that says until when it is valid is not used afterwards (SAML metadata, section 2.3.2)."""
    if metadata.valid_until and metadata.valid_until <= timezone.now():
        raise wrong(f"valid until {times.written(metadata.valid_until)}")
    return metadata
