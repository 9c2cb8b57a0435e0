"""Ask every provider once at the start for what its first visitor would wait for."""

from django.db import connections

from accounts.oidc import discovery
from accounts.providers import openid, saml


def all_providers() -> None:
    """Run it in a thread of its own: a provider that is down must not hold up the start."""
    discovery.warm(openid().values())
    if saml():
        from accounts.saml import metadata  # an extra: it is there when a provider of SAML is

        metadata.warm(saml().values())
    connections.close_all()
