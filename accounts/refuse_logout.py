"""Answer a logout message of a provider that is not to be believed: a page, a ledger event, and nobody signed out."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.limits import SIGN_IN_REFUSAL, limit_address
from accounts.providers.declared import Provider
from accounts.refusal_log import record_refusal
from accounts.refusals import SignInRefused
from accounts.sessions import actor_of
from audit.tags import Tag
from portal.http import reference

logger = logging.getLogger(__name__)
SENTENCE = "What came from {provider} to sign you out could not be verified, so nobody was signed out."


def refuse_logout(*, request: HttpRequest, provider: Provider, refusal: SignInRefused) -> HttpResponse:
    """Return the page. Strangers can send such messages as often as they like, so the ledger takes only so many."""
    logger.info("logout by %s refused: %s", provider.slug, refusal)
    limit_address(request, SIGN_IN_REFUSAL)
    mark = record_refusal(
        Tag.SIGN_IN_LOGOUT_REFUSE,
        actor=actor_of(request),
        reference=reference(),
        provider=provider.slug,
        reason=str(refusal.reason),
        detail=refusal.detail,
    )
    context = {
        "heading": "Sign-out refused",
        "reason": SENTENCE.format(provider=provider.name),
        "remedy": "If you meant to sign out, do it from the menu of this portal.",
        "reference": mark,
        "way_on": reverse("account_login"),
        "button": "Go on",
    }
    return render(request, "accounts/refused.html", context, status=refusal.text.status)
