"""Send the browser to an identity provider, whichever protocol it speaks."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.journey import Journey
from accounts.oidc import flow as oidc
from accounts.providers import OpenIdProvider, Provider, SamlProvider, SocialProvider
from accounts.social import flow as social


def _saml(*, request: HttpRequest, provider: SamlProvider, journey: Journey) -> HttpResponse:
    from accounts.saml import flow  # an extra: it is there when a provider of SAML is

    return flow.begin(request=request, provider=provider, journey=journey)


STARTS: dict[type[Provider], Callable[..., HttpResponse]] = {
    OpenIdProvider: oidc.begin,
    SamlProvider: _saml,
    SocialProvider: social.begin,
}


def begin(*, request: HttpRequest, provider: Provider, journey: Journey) -> HttpResponse:
    """Return the redirect; raise SignInRefused when the provider cannot be asked. Call it for a POST of ours alone."""
    start: Any = STARTS[type(provider)]
    response: HttpResponse = start(request=request, provider=provider, journey=journey)
    return response
