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
def keys_at(uri: str, ca: str) -> Fetched[jwt.PyJWKSet]:
    outlasted = frozenset({Reason.UNAVAILABLE, Reason.ANSWER})
    kept: Memory[jwt.PyJWKSet] = Memory(keep=KEEP, longest=LONGEST, again=AGAIN, outlasted=outlasted)
    return Fetched(kept, lambda: kept.put(_asked(uri, ca)))


def _asked(uri: str, ca: str) -> jwt.PyJWKSet:
    published = get_json(uri, ca=ca)
    try:
        found = jwt.PyJWKSet.from_dict(published)
        usable = [key for key in found.keys if _signs(key)]
    except UNREADABLE:
        usable = []
    if not usable:
        raise SignInRefused(Reason.ANSWER, "publishes no usable keys")
    return found


def _one(published: jwt.PyJWKSet, kid: str | None) -> jwt.PyJWK | None:
    usable = [key for key in published.keys if _signs(key)]
    if kid is None:
        return usable[0] if len(usable) == 1 else None
    return next((key for key in usable if key.key_id == kid), None)


def _signs(key: jwt.PyJWK) -> bool:
    return key.public_key_use in {"sig", None}
