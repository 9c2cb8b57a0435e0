"""allauth's SAML provider as this portal uses it: it knows the account and keeps the state; the rest is ours."""

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.http import HttpRequest

from accounts.asserted import AsAsserted
from accounts.providers.declared import SamlProvider


def app_of(provider: SamlProvider) -> SocialApp:
    """Return the provider as allauth knows it; never saved. Its name stands in the account, so slugs must last."""
    return SocialApp(provider="saml", provider_id=provider.slug, name=provider.name, client_id=provider.slug)


class DaypassSamlProvider(AsAsserted, SAMLProvider):
    """allauth's provider, which reads no response itself."""


def social_of(request: HttpRequest, provider: SamlProvider) -> DaypassSamlProvider:
    return DaypassSamlProvider(request, app=app_of(provider))
