"""Answer a refused sign-in: a page with a reference, and a ledger event that says why."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.limits import SIGN_IN_REFUSAL, limit_address
from accounts.providers.declared import Provider
from accounts.refusals import SignInRefused, subject_hash
from accounts.sessions import actor_of
from audit.record import record
from audit.tags import Tag
from portal.http import reference

logger = logging.getLogger(__name__)


def refuse(*, request: HttpRequest, provider: Provider, refusal: SignInRefused) -> HttpResponse:
    """Return the page. Strangers can call the callback as often as they like, so the ledger takes only so many."""
    logger.info("sign-in by %s refused: %s", provider.slug, refusal)
    limit_address(request, SIGN_IN_REFUSAL)
    mark, text = reference(), refusal.text
    record(
        Tag.SIGN_IN_REFUSE,
        actor=actor_of(request),
        reference=mark,
        provider=provider.slug,
        reason=str(refusal.reason),
        detail=refusal.detail,
        subject_hash=subject_hash(provider.slug, refusal.subject),
    )
    context = {
        "reason": text.sentence.format(provider=provider.name),
        "remedy": text.remedy,
        "reference": mark,
    }
    return render(request, "accounts/refused.html", context, status=text.status)
