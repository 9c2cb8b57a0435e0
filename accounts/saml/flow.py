"""Sign in by SAML: out by redirect, back by a POST of another site, and home by a redirect of our own.

The provider's POST comes without the session's cookie, since that is SameSite=Lax. What it brought is verified at once,
used up, and sealed; the browser gets a key to it in a cookie of two minutes, and a redirect within our own site brings
session and key together. allauth does the same with what it has not looked at yet; here only what is true waits. No
RelayState is sent and none is read: the request that an answer belongs to stands in the answer, signed.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.arrive import arrive
from accounts.journey import Journey, on
from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml import metadata, waiting
from accounts.saml.messages import authn_request
from accounts.saml.person import identity_from
from accounts.saml.provider import DaypassSamlProvider, social_of
from accounts.saml.redirect import address_with
from accounts.saml.response import take


def begin(*, request: HttpRequest, provider: SamlProvider, journey: Journey) -> HttpResponse:
    """Send the browser to the provider; the journey waits in its session under the request's id."""
    idp = metadata.current(provider)
    asked = authn_request(provider, idp, force=journey.max_age is not None)
    social_of(request, provider).stash_redirect_state(request, "login", state_id=asked.id, **journey.as_state())
    key = provider.sp_private_key if provider.sign_requests else ""
    return redirect(address_with(idp.sso_url, "SAMLRequest", asked.xml, key=key))


def receive(*, provider: SamlProvider, posted: str) -> str:
    """Verify what the provider's POST brought and use it up; return the key under which it waits."""
    return waiting.keep(provider.slug, take(provider, posted, timezone.now()))


def complete(*, request: HttpRequest, provider: SamlProvider, key: str) -> HttpResponse:
    """Finish what this browser began; raise SignInRefused when it was another browser that did."""
    assertion = waiting.fetch(provider.slug, key)
    social = social_of(request, provider)
    journey = _journey(request, social, assertion.in_response_to)
    with on(journey):
        identity = identity_from(provider, assertion, timezone.now())
        return arrive(request=request, social=social, identity=identity, journey=journey)


def _journey(request: HttpRequest, social: DaypassSamlProvider, request_id: str) -> Journey:
    """Take the journey out of the session. It is bound to this provider and is good once."""
    try:
        state = social.unstash_redirect_state(request, request_id)
    except PermissionDenied:
        raise SignInRefused(Reason.STATE, "unknown, used or too old") from None
    if "journey" not in state:
        raise SignInRefused(Reason.STATE, "not begun by this portal")
    return Journey.from_state(state)
