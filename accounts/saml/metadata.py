"""The metadata of a provider: fetched every few hours, shared by all processes, and kept while it does not answer.

A signature that no known key made asks for it once more, at most once a minute in all processes together, so that an
urgent change of keys locks nobody out, and nobody can have us ask all day.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from accounts import wire
from accounts.fetched import Fetched, Kept
from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.idp_metadata import IdpMetadata, read, wrong
from accounts.saml.models import SamlMetadata
from portal import files
from portal.names import page_origins

logger = logging.getLogger(__name__)
KEEP, LEAST_KEEP, LONGEST_KEEP = timedelta(hours=4), timedelta(minutes=10), timedelta(days=1)
ASK_AGAIN_AFTER = timedelta(minutes=1)
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
    return _valid(_from_file(provider) if provider.metadata_file else fetched(provider).current())


def renewed(provider: SamlProvider, known: IdpMetadata) -> IdpMetadata | None:
    """Return metadata with other keys than those known, asked for anew if that is due; None when there is none."""
    try:
        found = _valid(_from_file(provider) if provider.metadata_file else fetched(provider).renewed())
    except SignInRefused:
        return None
    return found if set(found.keys) != set(known.keys) else None


def known(provider: SamlProvider) -> Known | None:
    """Return what is there without asking anybody; None when nothing usable is."""
    try:
        if provider.metadata_file:
            return Known(_from_file(provider), None, None, "")
        row = Row(provider).row()
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
    return page_origins(address for metadata in found for address in (metadata.sso_url, metadata.slo_url) if address)


@dataclass(frozen=True)
class Row:
    """Where a provider's metadata is kept: a row of the database, by which all processes share one cooldown.

    Before the first good answer the row's document is empty. What was kept of another address or entity is void.
    """

    provider: SamlProvider

    def row(self) -> SamlMetadata | None:
        return self._ours().exclude(document="").first()

    def read(self) -> Kept[IdpMetadata] | None:
        row = self.row()
        return Kept(_read(self.provider, row), fresh=row.fresh_until > timezone.now()) if row else None

    def claim(self, *, urgent: bool) -> bool:
        """Let the database pick one process a minute, however urgent it is."""
        now, rows = timezone.now(), SamlMetadata.objects.filter(pk=self.provider.slug)
        anew = {"source": _source(self.provider), "document": "", "fetched_at": now, "fresh_until": now, "problem": ""}
        _, is_first = SamlMetadata.objects.get_or_create(pk=self.provider.slug, defaults={**anew, "asked_at": now})
        if is_first or rows.exclude(source=_source(self.provider)).update(**anew, asked_at=now):
            return True
        return bool(rows.filter(asked_at__lte=now - ASK_AGAIN_AFTER).update(asked_at=now))

    def put(self, document: bytes, metadata: IdpMetadata) -> None:
        now, keep = timezone.now(), min(max(metadata.keep or KEEP, LEAST_KEEP), LONGEST_KEEP)
        until = min(now + keep, metadata.valid_until or now + keep)
        text = document.decode("utf-8", "strict")
        self._ours().update(document=text, fetched_at=now, fresh_until=until, asked_at=now, problem="")

    def failed(self, refusal: SignInRefused) -> None:
        logger.warning("%s: the metadata could not be had: %s", self.provider.slug, refusal)
        self._ours().update(problem=str(refusal)[:200])

    def problem(self) -> SignInRefused | None:
        """Return the refusal as it was, for those who ask within its minute."""
        text = self._ours().values_list("problem", flat=True).first() or ""
        reason, _, detail = text.partition(": ")
        known = Reason(reason) if reason in set(Reason) else Reason.UNAVAILABLE
        return SignInRefused(known, detail) if text else None

    def _ours(self) -> QuerySet[SamlMetadata]:
        return SamlMetadata.objects.filter(pk=self.provider.slug, source=_source(self.provider))


@cache
def fetched(provider: SamlProvider) -> Fetched[IdpMetadata]:
    """Return the one of this process, whose threads wait for one another."""
    kept = Row(provider)
    return Fetched(kept, lambda: _fetch(kept))


def _fetch(kept: Row) -> IdpMetadata:
    """Ask the provider and keep the answer, if it is good."""
    provider = kept.provider
    document = wire.get(provider.metadata_url, accept=ACCEPT, ca=provider.ca_certificates)
    metadata = _valid(read(document, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback))
    kept.put(document, metadata)
    return metadata


def _source(provider: SamlProvider) -> str:
    return hashlib.sha256(f"{provider.metadata_url} {provider.entity_id}".encode()).hexdigest()


def _read(provider: SamlProvider, row: SamlMetadata) -> IdpMetadata:
    return read(row.document.encode(), provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)


def _from_file(provider: SamlProvider) -> IdpMetadata:
    try:
        document = files.read(Path(provider.metadata_file))
    except files.Unreadable as error:
        raise SignInRefused(Reason.DISCOVERY, f"metadata: {error}") from None
    return read(document, provider.entity_id, plain_http_on_loopback=provider.plain_http_on_loopback)


def _valid(metadata: IdpMetadata) -> IdpMetadata:
    """Metadata that says until when it is valid is not used afterwards (SAML metadata, section 2.3.2)."""
    if metadata.valid_until and metadata.valid_until <= timezone.now():
        raise wrong(f"valid until {times.written(metadata.valid_until)}")
    return metadata
