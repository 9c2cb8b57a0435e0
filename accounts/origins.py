"""Where the sign-in page's buttons may lead by a redirect: pages that need not be at a provider's declared address."""

from accounts.oidc import discovery
from accounts.providers import saml


def known_origins() -> list[str]:
    """Return the origins of the providers' own pages, as far as they are known by now."""
    return sorted({*discovery.known_origins(), *_of_saml()})


def _of_saml() -> list[str]:
    providers = saml().values()
    if not providers:
        return []
    from accounts.saml import metadata  # an extra: it is there when a provider of SAML is

    return metadata.known_origins(providers)
