"""Do once at the start what the first visitor would wait for: ask every provider, load what directories need."""

from django.db import connections

from accounts.oidc import discovery
from accounts.providers import configured, openid, saml


def all_providers() -> None:
    """Run it in a thread of its own: a provider that is down must not hold up the start."""
    discovery.warm(openid().values())
    if saml():
        from accounts.saml import metadata  # an extra: it is there when a provider of SAML is

        metadata.warm(saml().values())
    if any(provider.scim_token for provider in configured().values()):
        from accounts.scim import protocol

        assert protocol  # noqa: S101  # importing it is all
    if any(provider.google_groups for provider in openid().values()):
        from accounts.google_groups import ask  # an extra as well

        assert ask  # noqa: S101  # as above
    connections.close_all()
