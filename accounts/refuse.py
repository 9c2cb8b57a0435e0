"""Answer a refused journey to a provider: a page with a reference, and a ledger event that says why."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.journey import Journey, Purpose
from accounts.limits import SIGN_IN_REFUSAL, limit_address
from accounts.providers.declared import Provider
from accounts.refusal_log import record_refusal
from accounts.refusals import SignInRefused, subject_hash
from accounts.sessions import actor_of
from audit.tags import Tag
from portal.http import reference

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    """How a refusal is told: the ledger's tag, the page's heading, and the button that leads on.

    Without a ``way_on`` the button leads where the journey would have gone.
    """

    tag: Tag = Tag.SIGN_IN_REFUSE
    heading: str = "Sign-in refused"
    way_on: str = "account_login"
    button: str = "Try again"


Answer = Callable[[HttpRequest, Provider, SignInRefused, str], HttpResponse]
ENDINGS: dict[Purpose, Ending] = {
    Purpose.LINK: Ending(Tag.IDENTITY_REFUSE, "Not linked", "accounts:identities", "Back to linked identities"),
    Purpose.TRY: Ending(Tag.PROVIDER_TRY),
    Purpose.STEP_UP: Ending(heading="Not confirmed", way_on="", button="Back"),
}
ANSWERS: dict[Purpose, Answer] = {}  # a purpose whose page is its own; it is handed the reference


def refuse(*, request: HttpRequest, provider: Provider, refusal: SignInRefused) -> HttpResponse:
    """Return the page. Strangers can call the callback as often as they like, so the ledger takes only so many."""
    logger.info("sign-in by %s refused: %s", provider.slug, refusal)
    limit_address(request, SIGN_IN_REFUSAL)
    purpose = refusal.journey.purpose if refusal.journey else Purpose.SIGN_IN
    mark = record_refusal(
        ENDINGS.get(purpose, Ending()).tag,
        actor=actor_of(request),
        reference=reference(),
        provider=provider.slug,
        reason=str(refusal.reason),
        detail=refusal.detail,
        subject_hash=subject_hash(provider.slug, refusal.subject),
    )
    answer = ANSWERS.get(purpose)
    return answer(request, provider, refusal, mark) if answer else page(request, provider, refusal, mark)


def page(request: HttpRequest, provider: Provider, refusal: SignInRefused, mark: str) -> HttpResponse:
    """Tell the person in a sentence, with the next step and the reference."""
    text, journey = refusal.text, refusal.journey or Journey()
    ending = ENDINGS.get(journey.purpose, Ending())
    context = {
        "heading": ending.heading,
        "reason": text.sentence.format(provider=provider.name),
        "remedy": text.remedy.format(provider=provider.name),
        "reference": mark,
        "way_on": reverse(ending.way_on) if ending.way_on else journey.next or "/",
        "button": ending.button,
    }
    return render(request, "accounts/refused.html", context, status=text.status)
