"""Which pushed user is which person who signs in: equality of one key, chosen by the provider's ``scim_match``.

Nothing is guessed. A key is compared whole; names and addresses without regard to case, subjects exactly.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from django.db.models import Q

from accounts.providers import Provider
from accounts.providers.declared import ScimMatch
from accounts.scim.models import DirectoryUser, folded


class Asserted(Protocol):
    """What a provider said of somebody: an Identity, or the SignIn that keeps one."""

    @property
    def subject(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def claims(self) -> Mapping[str, Any]: ...


def keys_of(provider: Provider, somebody: Asserted) -> frozenset[str]:
    """Return by what this person is found in the directory; empty when the provider did not say it.

    An address counts here even if the provider may not assert it, so that it cannot hide who has left; it gives
    groups only if it may (accounts.scim.standing).
    """
    claims = somebody.claims
    match provider.scim_match:
        case ScimMatch.SUBJECT:
            return _some(somebody.subject)
        case ScimMatch.OID:
            return _some(claims.get("oid"))
        case ScimMatch.UPN:
            return _some(claims.get("upn") or claims.get("preferred_username"), fold=True)
        case ScimMatch.EMAIL:
            return _some(somebody.email or claims.get(provider.email_claim), fold=True)


def keys_of_user(provider: Provider, user: DirectoryUser) -> frozenset[str]:
    """Return by what a pushed user is found among those who sign in."""
    match provider.scim_match:
        case ScimMatch.SUBJECT | ScimMatch.OID:
            return _some(user.external_id)
        case ScimMatch.UPN:
            return _some(folded(user.user_name))
        case ScimMatch.EMAIL:
            return _some(folded(user.user_name)) | _some(user.email)


def users_with(provider: Provider, keys: Collection[str]) -> Q:
    """Return the condition that a DirectoryUser has one of these keys."""
    match provider.scim_match:
        case ScimMatch.SUBJECT | ScimMatch.OID:
            found = Q(external_id__in=keys)
        case ScimMatch.UPN:
            found = Q(user_name_key__in=keys)
        case ScimMatch.EMAIL:
            found = Q(user_name_key__in=keys) | Q(email__in=keys)
    return Q(provider=provider.slug) & found


def sign_ins_with(provider: Provider, keys: Collection[str]) -> Q:
    """Return a condition that holds for every SignIn with one of these keys; ``keys_of`` then tells exactly."""
    match provider.scim_match:
        case ScimMatch.SUBJECT:
            found = Q(subject__in=keys)
        case ScimMatch.OID:
            found = Q(claims__oid__in=keys)
        case ScimMatch.EMAIL:
            found = Q(email__in=keys) | Q(email="")
        case ScimMatch.UPN:
            found = Q()  # databases fold letters each in their own way
    return Q(provider=provider.slug) & found


def all_keys(provider: Provider, users: Iterable[DirectoryUser]) -> frozenset[str]:
    return frozenset[str]().union(*(keys_of_user(provider, user) for user in users))


def _some(value: object, *, fold: bool = False) -> frozenset[str]:
    if not isinstance(value, str) or not value:
        return frozenset()
    return frozenset({folded(value) if fold else value})
