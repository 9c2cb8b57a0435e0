"""Look at a provider as a sign-in would, past every cache, and say all that was found. Keeps nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.health import of_openid, of_social
from accounts.health.result import Result
from accounts.providers.declared import OpenIdProvider, Provider, SamlProvider

Probe = Callable[[Any, datetime], Result]


def probe(provider: Provider, now: datetime) -> Result:
    """Return what is there now. Takes twenty seconds at most; never raises for what a provider does."""
    return _probe_of(provider)(provider, now)


def _probe_of(provider: Provider) -> Probe:
    if isinstance(provider, OpenIdProvider):
        return of_openid.probe
    if isinstance(provider, SamlProvider):
        from accounts.health import of_saml  # an extra: it is there when a provider of SAML is

        return of_saml.probe
    return of_social.probe
