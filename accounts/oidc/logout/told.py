"""A provider told that somebody signed out there: end what hangs on that, or write down why it was not believed."""

import logging

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts import missed_logout
from accounts.models import SignIn
from accounts.providers.declared import OpenIdProvider
from accounts.refusal_log import record_refusal
from accounts.refusals import SignInRefused, subject_hash
from accounts.sessions import end_sign_in, stranger
from audit.record import Actor
from audit.tags import Tag
from portal.http import origin

logger = logging.getLogger(__name__)


def named_by(provider: OpenIdProvider, *, subject: str, session: str) -> QuerySet[SignIn]:
    """Return the sign-ins that a logout means, live or not; an empty name was not given.

    A session's name means that session, a person alone all of theirs. Where both are given, the person's sign-ins of
    unknown sessions are meant as well: one of them may be it.
    """
    all_of_it = SignIn.objects.filter(provider=provider.slug)
    if not session:
        return all_of_it.filter(subject=subject)
    if not subject:
        return all_of_it.filter(provider_session=session)
    return all_of_it.filter(Q(provider_session=session) | Q(provider_session=""), subject=subject)


def end(request: HttpRequest, provider: OpenIdProvider, named: QuerySet[SignIn], *, channel: str) -> None:
    """End what lives of these, each with its ledger event; tell if there is nothing."""
    actor = Actor(user_id="", name=provider.name, origin=origin(request))
    live = named.filter(ended_at=None).select_related("user").defer("web_identity_token", "refresh_token")
    ended = [end_sign_in(sign_in=one, reason=SignIn.Ended.PROVIDER_LOGOUT, actor=actor) for one in live]
    if not any(ended):
        missed_logout.tell(request, provider, named, channel=channel)


def refuse(request: HttpRequest, provider: OpenIdProvider, refusal: SignInRefused, *, channel: str) -> None:
    """Put a refused logout on the ledger."""
    logger.info("%s-channel logout by %s refused: %s", channel, provider.slug, refusal)
    record_refusal(
        Tag.SIGN_IN_LOGOUT_REFUSE,
        actor=stranger(request),
        provider=provider.slug,
        channel=channel,
        reason=str(refusal.reason),
        detail=refusal.detail,
        subject_hash=subject_hash(provider.slug, refusal.subject),
    )
