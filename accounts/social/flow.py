"""allauth's Facebook and Amazon providers with what they leave open closed.

From allauth: the authorization request, PKCE (Amazon), the state in the session, the account of (provider, subject).
From here: nothing of the request taken from the URL, and the answer verified by accounts.social.verify. Facebook's
dialog throws a PKCE challenge away and its token endpoint then refuses the verifier, so none is sent there: what ties
the answer to this browser is the state, good once, at this provider alone (RFC 9700, section 4.7).
"""

from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.amazon.provider import AmazonProvider
from allauth.socialaccount.providers.amazon.views import AmazonOAuth2Adapter
from allauth.socialaccount.providers.facebook.provider import FacebookProvider
from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.arrive import arrive
from accounts.asserted import AsAsserted
from accounts.identity import Identity
from accounts.journey import Journey, on
from accounts.oidc.flow import code_of
from accounts.oidc.grants import short_code
from accounts.providers import social
from accounts.providers.declared import Kind, SocialProvider
from accounts.refusals import Reason, SignInRefused
from accounts.social.grants import exchange, identify


def app_of(provider: SocialProvider) -> SocialApp:
    """Return the provider as allauth knows it; never saved, so that no secret stands in the database."""
    return SocialApp(
        provider=str(provider.kind),
        provider_id=provider.slug,
        name=provider.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={"scope": list(provider.scopes), "auth_params": {}, "oauth_pkce_enabled": keeps_pkce(provider)},
    )


def keeps_pkce(provider: SocialProvider) -> bool:
    return provider.kind is Kind.AMAZON


class FacebookEndpoints(FacebookOAuth2Adapter):
    def get_callback_url(self, request: HttpRequest | None, app: SocialApp) -> str:
        return callback_address(app.provider_id)


class AmazonEndpoints(AmazonOAuth2Adapter):
    def get_callback_url(self, request: HttpRequest | None, app: SocialApp) -> str:
        return callback_address(app.provider_id)


class Depart(AsAsserted, OAuth2Provider):
    """A provider that is deaf to the URL: what is asked stands in the file alone."""

    supports_token_authentication = False

    def depart(self, journey: Journey) -> HttpResponse:
        """Send the browser to the authorization endpoint; journey and PKCE verifier wait in its session."""
        response: HttpResponse = self.redirect(
            self.request, "login", auth_params={}, scope=self.get_scope(), **journey.as_state()
        )
        return response

    def get_oauth2_adapter(self, request: HttpRequest) -> Any:
        adapter = super().get_oauth2_adapter(request)
        adapter.authorize_url = social()[self.app.provider_id].authorize_url
        return adapter


class DaypassFacebook(Depart, FacebookProvider):
    oauth2_adapter_class = FacebookEndpoints


class DaypassAmazon(Depart, AmazonProvider):
    oauth2_adapter_class = AmazonEndpoints


CLASSES: dict[Kind, type[Depart]] = {Kind.FACEBOOK: DaypassFacebook, Kind.AMAZON: DaypassAmazon}


def callback_address(slug: str) -> str:
    """Return the redirect URI from DAYPASS_BASE_URL; the Host header has no say in it."""
    return f"{settings.DAYPASS_BASE_URL}{reverse('social_callback', kwargs={'provider_id': slug})}"


def social_of(request: HttpRequest, provider: SocialProvider) -> Depart:
    return CLASSES[provider.kind](request, app=app_of(provider))


def begin(*, request: HttpRequest, provider: SocialProvider, journey: Journey) -> HttpResponse:
    """Send the browser to Facebook or Amazon."""
    return social_of(request, provider).depart(journey)


def complete(*, request: HttpRequest, provider: SocialProvider) -> HttpResponse:
    """Finish what this browser began: state, code, identity, and only then what it set out for.

    Raise SignInRefused at the first thing that is wrong. No transaction is open while the provider is asked.
    """
    mine = social_of(request, provider)
    state = used_state(request, provider, mine)
    journey = Journey.from_state(state)
    with on(journey):
        identity = answered(request, provider, state)
        return arrive(request=request, social=mine, identity=identity, journey=journey)


def answered(request: HttpRequest, provider: SocialProvider, state: dict[str, Any]) -> Identity:
    """Return who came back, by the code that the browser brings."""
    check_reason(request)
    granted = exchange(
        provider,
        code=code_of(request),
        code_verifier=state.get("pkce_code_verifier") or "",
        redirect_uri=callback_address(provider.slug),
    )
    return identify(provider, granted)


def check_reason(request: HttpRequest) -> None:
    """Refuse what only Facebook says: why somebody was not let on, or that the application is not set up."""
    said = request.GET
    if said.get("error") == "access_denied" and "error_reason" in said:
        raise SignInRefused(Reason.CANCELLED, f"dialog: {short_code(said['error_reason'])}")
    if "error" not in said and "error_code" in said:
        raise SignInRefused(Reason.PROVIDER_ERROR, f"dialog: {short_code(said['error_code'])}")


def used_state(request: HttpRequest, provider: SocialProvider, mine: Depart) -> dict[str, Any]:
    """Take the state out of the session. It is bound to this provider and is good once (RFC 9700, section 4.4)."""
    try:
        state = mine.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        raise SignInRefused(Reason.STATE, "unknown, used or too old") from None
    if not state.get("journey") or (keeps_pkce(provider) and not state.get("pkce_code_verifier")):
        raise SignInRefused(Reason.STATE, "not begun by this portal")
    return dict(state)
