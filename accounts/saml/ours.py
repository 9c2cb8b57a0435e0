"""What this portal is called and where it is reached, as a service provider of SAML: by DAYPASS_BASE_URL alone."""

from django.conf import settings
from django.urls import reverse

from accounts.providers.declared import SamlProvider


def address(provider: SamlProvider, view: str) -> str:
    """Return the address of ``acs``, ``sls`` or ``metadata`` for this provider; each provider has its own."""
    path = reverse(f"saml_{view}", kwargs={"provider_id": provider.slug})
    return f"{settings.DAYPASS_BASE_URL}{path}"


def entity_id(provider: SamlProvider) -> str:
    return provider.sp_entity_id or address(provider, "metadata")


def private_keys(provider: SamlProvider) -> list[str]:
    """Return the keys that may open what was encrypted for us, the present one first."""
    return [key for key in (provider.sp_private_key, provider.previous_sp_private_key) if key]
