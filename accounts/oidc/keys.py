"""A provider's signing keys: kept ten minutes, asked for again on an unknown ``kid`` at most twice a minute."""

from functools import cache

import jwt

from accounts.fetched import Fetched, Memory
from accounts.oidc.discovery import discover
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from accounts.wire import get_json

KEEP, AGAIN = 600.0, 30.0
LONGEST = 86_400.0  # a provider that is down for a day has no say any more
UNREADABLE = (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError)  # PyJWT looks at no type first


def key_of(provider: OpenIdProvider, kid: str | None) -> jwt.PyJWK:
    """Return the published key of this name; raise SignInRefused. A token need not name one of one (Core, 10.1)."""
    keys = keys_at(discover(provider).jwks_uri, provider.ca_certificates)
    found = _one(keys.current(), kid)
    if found is None and kid is not None:
        found = _one(keys.renewed(), kid)
    if found is None:
        raise SignInRefused(Reason.KEY, "names a key that the provider does not publish")
    return found


@cache
def keys_at(uri: str, ca: str) -> Fetched[list[jwt.PyJWK]]:
    """Return the keys that sign; there is always one."""
    outlasted = frozenset({Reason.UNAVAILABLE, Reason.ANSWER})
    kept: Memory[list[jwt.PyJWK]] = Memory(keep=KEEP, longest=LONGEST, again=AGAIN, outlasted=outlasted)
    return Fetched(kept, lambda: kept.put(_asked(uri, ca)))


def _asked(uri: str, ca: str) -> list[jwt.PyJWK]:
    published = get_json(uri, ca=ca)
    try:
        usable = [key for key in jwt.PyJWKSet.from_dict(published).keys if key.public_key_use in {"sig", None}]
    except UNREADABLE:
        usable = []
    if not usable:
        raise SignInRefused(Reason.ANSWER, "publishes no usable keys")
    return usable


def _one(keys: list[jwt.PyJWK], kid: str | None) -> jwt.PyJWK | None:
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.key_id == kid), None)
