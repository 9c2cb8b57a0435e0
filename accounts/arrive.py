"""Somebody came back from an identity provider, and who they are is verified: do what they set out for."""

from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse

from accounts.admit import admit
from accounts.identity import Identity
from accounts.journey import Journey, Purpose
from accounts.linking.offer import offer
from accounts.refusals import Reason, SignInRefused
from accounts.sessions import current_sign_in
from accounts.step_up import arrive as step_up
from accounts.trial import arrive as trial


class Handler(Protocol):
    """``social`` is the provider as allauth knows it."""

    def __call__(self, *, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse: ...


HANDLERS: dict[Purpose, Handler] = {
    Purpose.SIGN_IN: admit,
    Purpose.LINK: offer,
    Purpose.TRY: trial.arrive,
    Purpose.STEP_UP: step_up.arrive,
}


def arrive(*, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Return what the journey's purpose answers; raise SignInRefused when somebody else set out."""
    mine = current_sign_in(request)
    if journey.purpose is not Purpose.SIGN_IN and (mine is None or str(mine.pk) != journey.sign_in):
        raise SignInRefused(Reason.STATE, "begun under another sign-in", subject=identity.subject)
    return HANDLERS[journey.purpose](request=request, social=social, identity=identity, journey=journey)
