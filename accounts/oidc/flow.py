"""allauth's OpenID Connect flow with what it leaves open closed.

From allauth: the authorization request, PKCE, the state in the session, and the account of (provider, subject). From
here: a nonce, nothing of the request taken from the URL, and the answer verified by accounts.oidc.grants. Read with
allauth 65.21.1; the facts that it rests on are held by tests/accounts/oidc.
"""

import secrets
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.identity import Identity
from accounts.navigation import safe_next
from accounts.oidc.declared import Provider
from accounts.oidc.discovery import discover
from accounts.oidc.grants import exchange, identify, short_code
from accounts.providers import configured
from accounts.refusals import Reason, SignInRefused
from accounts.start import start_sign_in

NONCE_BYTES = 24
LONGEST_CODE = 4096


def app_of(provider: Provider) -> SocialApp:
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
        return discover(configured()[self.provider_id]).authorization_endpoint

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


class DaypassProvider(OpenIDConnectProvider):
    """allauth's provider, deaf to the URL: what is asked of the identity provider stands in the file alone."""

    oauth2_adapter_class = Endpoints
    supports_token_authentication = False

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        wanted = safe_next(request.POST.get("next"))
        return {"process": "login", "next_url": wanted or None}

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        params = {**self.get_auth_params(), "nonce": nonce}
        response: HttpResponse = super().redirect(
            request, process, next_url, data, auth_params=params, scope=self.get_scope(), nonce=nonce
        )
        return response

    def extract_uid(self, data: Identity) -> str:
        return data.subject

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        return {}  # the sign-in keeps what is worth keeping

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Identity) -> list[Any]:
        return []  # an address identifies nobody


def complete(*, request: HttpRequest, provider: Provider, social: DaypassProvider) -> HttpResponse:
    """Finish the sign-in that this browser began: state, code, identity, and only then account and session.

    Raise SignInRefused at the first thing that is wrong. No transaction is open while the provider is asked; account,
    sign-in and ledger event are written in one.
    """
    state = used_state(request, social)
    check_issuer(request, provider)
    answer = exchange(
        provider,
        code=code_of(request),
        code_verifier=state["pkce_code_verifier"],
        redirect_uri=callback_address(provider.slug),
    )
    identity = identify(provider, answer, nonce=state["nonce"])
    wanted = safe_next(state.get("next"))
    try:
        return admit(request=request, social=social, identity=identity, wanted=wanted)
    except IntegrityError:
        # The same person's other tab was first to make their account; now it is there to be found.
        return admit(request=request, social=social, identity=identity, wanted=wanted)


def used_state(request: HttpRequest, social: DaypassProvider) -> dict[str, Any]:
    """Take the state out of the session. It is bound to this provider and is good once (RFC 9700, section 4.4)."""
    try:
        state = social.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        raise SignInRefused(Reason.STATE, "unknown, used or too old") from None
    if not state.get("nonce") or not state.get("pkce_code_verifier"):
        raise SignInRefused(Reason.STATE, "not begun by this portal")
    return dict(state)


def check_issuer(request: HttpRequest, provider: Provider) -> None:
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
    if not 0 < len(code) <= LONGEST_CODE or not code.isprintable():
        raise SignInRefused(Reason.NO_CODE, "no usable code")
    return code


def admit(*, request: HttpRequest, social: DaypassProvider, identity: Identity, wanted: str) -> HttpResponse:
    """Let allauth find or make the account and rotate the session, then hang the sign-in on it."""
    login: SocialLogin = social.sociallogin_from_response(request, identity)
    login.state = {"process": "login", "next": wanted}
    with transaction.atomic():
        response: HttpResponse = complete_social_login(request, login)
        if not request.user.is_authenticated or login.user.pk != request.user.pk:
            raise ImmediateHttpResponse(response)  # allauth asked for something else; nothing was signed in
        start_sign_in(request=request, user=login.user, identity=identity)
    return response
