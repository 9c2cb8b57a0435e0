"""The identity providers of this portal. One that is not in the file does not exist.

The file is read once, at start, by accounts.providers.file.
"""

from functools import cache
from pathlib import Path

from django.conf import settings

from accounts.providers.declared import Kind, OpenIdProvider, Provider, SamlProvider, SocialProvider
from accounts.providers.file import load

__all__ = [
    "BREAK_GLASS",
    "Kind",
    "OpenIdProvider",
    "Provider",
    "SamlProvider",
    "SocialProvider",
    "configured",
    "name_of",
    "openid",
    "saml",
    "social",
]

BREAK_GLASS = "break-glass"


def configured() -> dict[str, Provider]:
    """Return the providers by slug, in the file's order; none when DAYPASS_PROVIDERS is not set."""
    return _configured(settings.DAYPASS_PROVIDERS, settings.DAYPASS_DEVELOPMENT)


@cache
def _configured(path: str, development: bool) -> dict[str, Provider]:  # noqa: FBT001  # a key of the cache
    return load(Path(path), plain_http_on_loopback=development) if path else {}


def openid() -> dict[str, OpenIdProvider]:
    """Return those that speak OpenID Connect."""
    return {slug: found for slug, found in configured().items() if isinstance(found, OpenIdProvider)}


def saml() -> dict[str, SamlProvider]:
    """Return those that speak SAML."""
    return {slug: found for slug, found in configured().items() if isinstance(found, SamlProvider)}


def social() -> dict[str, SocialProvider]:
    """Return those whose access tokens AWS takes: Facebook and Amazon."""
    return {slug: found for slug, found in configured().items() if isinstance(found, SocialProvider)}


def name_of(slug: str) -> str:
    """Return what people call a provider, also one that is configured no more."""
    if slug == BREAK_GLASS:
        return "Break-glass"
    provider = configured().get(slug)
    return provider.name if provider else slug
