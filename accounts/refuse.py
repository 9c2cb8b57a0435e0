"""Answer a refused sign-in: a page with a reference, and a ledger event that says why."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.limits import allowed
from accounts.providers.declared import Provider
from accounts.refusals import SignInRefused, subject_hash
from accounts.sessions import actor_of
from audit.record import record
from audit.tags import Tag
from portal.errors import too_many_requests
from portal.http import client_address, reference

logger = logging.getLogger(__name__)
RECORDED_A_MINUTE = 30


def refuse(*, request: HttpRequest, provider: Provider, refusal: SignInRefused) -> HttpResponse:
    """Return the page. Strangers can call the callback as often as they like, so the ledger takes only so many."""
    logger.info("sign-in by %s refused: %s", provider.slug, refusal)
    if not allowed("sign-in-refuse", client_address(request), most=RECORDED_A_MINUTE, seconds=60):
        return too_many_requests(request)
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
