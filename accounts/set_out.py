"""Set out for a provider as somebody who is signed in: to link an identity, to try a provider."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.begin import begin
from accounts.journey import Journey, on
from accounts.limits import JOURNEY_START, limit_person
from accounts.oidc.discovery import known_origins
from accounts.providers import Provider
from accounts.refusals import SignInRefused
from accounts.refuse import refuse


def set_out(*, request: HttpRequest, provider: Provider, journey: Journey) -> HttpResponse:
    """Return the redirect to the provider, or the page that says why it cannot be asked. Call it for a POST alone."""
    limit_person(request, JOURNEY_START)
    try:
        with on(journey):
            return begin(request=request, provider=provider, journey=journey)
    except SignInRefused as refusal:
        return refuse(request=request, provider=provider, refusal=refusal)


def lets_forms_lead_out(response: HttpResponseBase) -> None:
    """Let this page's forms lead to the providers' own pages, which need not be at their issuer's host."""
    response._csp_update = {"form-action": known_origins()}  # type: ignore[attr-defined]  # noqa: SLF001  # its way
