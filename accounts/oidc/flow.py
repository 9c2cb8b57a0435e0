"""allauth's OpenID Connect flow with what it leaves open closed.

From allauth: the authorization request, PKCE, the state in the session, and the account of (provider, subject). From
here: a nonce, nothing of the request taken from the URL, and the answer verified by accounts.oidc.grants. Read with
allauth 65.21.1; the facts that it rests on are held by tests/accounts/oidc.
"""

import secrets
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.arrive import arrive
from accounts.asserted import AsAsserted
from accounts.identity import Identity
from accounts.journey import Journey, on
from accounts.oidc.discovery import discover
from accounts.oidc.grants import exchange, identify, short_code
from accounts.providers import openid
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from portal.texts import is_line

NONCE_BYTES = 24
LONGEST_CODE = 4096


def app_of(provider: OpenIdProvider) -> SocialApp:
    """Return the provider as allauth knows it; never saved, so that no secret stands in the database."""
    return SocialApp(
        provider="openid_connect",
        provider_id=provider.slug,
        name=provider.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={
            "server_url": provider.issuer,
            "scope": list(provider.scopes),
            "auth_params": dict(provider.auth_params),
            "oauth_pkce_enabled": True,
        },
    )


class Endpoints(OpenIDConnectOAuth2Adapter):
    """Where allauth sends the browser: the endpoints that were checked, and the one canonical callback."""

    @property
    def authorize_url(self) -> str:
        return discover(openid()[self.provider_id]).authorization_endpoint

    @property
    def access_token_url(self) -> str:
        return ""  # accounts.oidc.grants asks the token endpoint, allauth never does

    @property
    def basic_auth(self) -> bool:
        return False

    def get_callback_url(self, request: HttpRequest | None, app: SocialApp) -> str:
        return callback_address(self.provider_id)


def callback_address(slug: str) -> str:
    """Return the redirect URI from DAYPASS_BASE_URL; the Host header has no say in it."""
    path = reverse("openid_connect_callback", kwargs={"provider_id": slug})
    return f"{settings.DAYPASS_BASE_URL}{path}"


class DaypassProvider(AsAsserted, OpenIDConnectProvider):
    """allauth's provider, deaf to the URL: what is asked of the identity provider stands in the file alone."""

    oauth2_adapter_class = Endpoints
    supports_token_authentication = False

    def depart(self, journey: Journey) -> HttpResponse:
        """Send the browser to the authorization endpoint; journey, nonce and PKCE verifier wait in its session."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        params = {**self.get_auth_params(), **reauthentication(journey), "nonce": nonce}
        response: HttpResponse = self.redirect(
            self.request,
            "login",
            auth_params=params,
            scope=self.get_scope(),
            nonce=nonce,
            **journey.as_state(),
        )
        return response


def begin(*, request: HttpRequest, provider: OpenIdProvider, journey: Journey) -> HttpResponse:
    """Send the browser to an OpenID provider."""
    return social_of(request, provider).depart(journey)


def social_of(request: HttpRequest, provider: OpenIdProvider) -> DaypassProvider:
    return DaypassProvider(request, app=app_of(provider))


def reauthentication(journey: Journey) -> dict[str, str]:
    """Return what asks a provider to authenticate the person anew (OpenID Connect Core, section 3.1.2.1)."""
    return {} if journey.max_age is None else {"prompt": "login", "max_age": str(journey.max_age)}


def complete(*, request: HttpRequest, provider: OpenIdProvider) -> HttpResponse:
    """Finish what this browser began: state, code, identity, and only then what it set out for.

    Raise SignInRefused at the first thing that is wrong. No transaction is open while the provider is asked.
    """
    social = social_of(request, provider)
    state = used_state(request, social)
    journey = Journey.from_state(state)
    with on(journey):
        identity = answered(request, provider, state)
        return arrive(request=request, social=social, identity=identity, journey=journey)


def answered(request: HttpRequest, provider: OpenIdProvider, state: dict[str, Any]) -> Identity:
    """Return who came back, by the code that the browser brings."""
    check_issuer(request, provider)
    answer = exchange(
        provider,
        code=code_of(request),
        code_verifier=state["pkce_code_verifier"],
        redirect_uri=callback_address(provider.slug),
    )
    return identify(provider, answer, nonce=state["nonce"])


def used_state(request: HttpRequest, social: DaypassProvider) -> dict[str, Any]:
    """Take the state out of the session. It is bound to this provider and is good once (RFC 9700, section 4.4)."""
    try:
        state = social.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        raise SignInRefused(Reason.STATE, "unknown, used or too old") from None
    if not all(state.get(name) for name in ("nonce", "pkce_code_verifier", "journey")):
        raise SignInRefused(Reason.STATE, "not begun by this portal")
    return dict(state)


def check_issuer(request: HttpRequest, provider: OpenIdProvider) -> None:
    """Refuse an answer that says it is another provider's, or a code that does not say whose it is (RFC 9207, 2.4)."""
    named = request.GET.getlist("iss")
    missing = "code" in request.GET and not named and discover(provider).names_issuer
    if missing or any(issuer not in provider.issuers for issuer in named):
        raise SignInRefused(Reason.ISSUER, "the answer is another provider's, or does not say whose it is")


def code_of(request: HttpRequest) -> str:
    """Return the authorization code, or what the provider said instead (RFC 6749, section 4.1.2.1)."""
    error = request.GET.get("error")
    if error is not None:
        reason = Reason.CANCELLED if error == "access_denied" else Reason.PROVIDER_ERROR
        raise SignInRefused(reason, f"authorization endpoint: {short_code(error)}")
    code = request.GET.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE or not is_line(code):
        raise SignInRefused(Reason.NO_CODE, "no usable code")
    return code
