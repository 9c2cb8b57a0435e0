"""The groups of a person: how the provider tells them, and which of them are kept with a sign-in.

A person may be in hundreds of groups. Only those that some mapping names are kept, so that a sign-in stays small, and
where the case of letters does not count they are kept in the mapping's own spelling, so that every later decision is an
exact comparison. Who knows the mappings says so at start (names_groups); as long as nobody does, no group is kept.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from accounts.group_problems import Groups, Problem
from accounts.principals import groups_claimed
from accounts.providers.declared import GroupsCase, OpenIdProvider, Provider

# Given folded principals, the principals of mappings, as they are written there, that fold to one of these.
Named = Callable[[Collection[str]], Iterable[str]]

SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_named: list[Named] = []


def names_groups(look_up: Named) -> None:
    """Ask this function, too, which groups are named."""
    if look_up not in _named:
        _named.append(look_up)


def folded(principal: str) -> str:
    """Return the form under which principals are looked up: Unicode NFC, and A to Z in small letters.

    No other letter is folded: Unicode's own folding makes one of the Kelvin sign and k, of ß and ss, and what a
    directory takes for equal depends on its locale. Letters beyond ASCII are compared as they are.
    """
    return composed(principal).translate(SMALL)


def composed(principal: str) -> str:
    """Return Unicode NFC, so that é is the same whether it was typed as one character or as two."""
    return unicodedata.normalize("NFC", principal)


def groups_for(provider: Provider, claims: Mapping[str, Any], *, address: str) -> Groups:
    """Return the groups of verified claims, or those that Google tells when it is asked for this address."""
    if provider.groups_from == "scim":
        return Groups()  # accounts.scim knows them
    source = provider.google_groups if isinstance(provider, OpenIdProvider) else None
    if source is None:
        return groups_claimed(provider, claims)
    if not address:
        return Groups(problem=Problem.NO_ADDRESS, detail="no address that the provider vouches for")
    from accounts.google_groups.ask import groups_of_person  # Google's library is an extra: asked only if set up

    return _of_our_domains(provider, groups_of_person(source, address))


def _of_our_domains(provider: Provider, found: Groups) -> Groups:
    """Leave out groups of others, which a person can be in as well; a group's address is in small letters."""
    names = (name.lower() for name in found.names if name.isascii())
    ours = tuple(name for name in names if name.rpartition("@")[2] in provider.domains)
    return Groups(ours, found.problem, found.detail)


def kept(provider: Provider, groups: Groups) -> list[str]:
    """Return the principals of those groups that a mapping names."""
    named = spellings(provider, groups.names)
    return sorted({f"group:{provider.slug}:{spelt}" for spelt in chain.from_iterable(named.values())})


def spellings(provider: Provider, names: Collection[str]) -> dict[str, list[str]]:
    """Return, for those of the groups that a mapping names, how their names are kept.

    Where case does not count, as the mappings have them. Where it does, as they were sent; one that differs from a
    mapping in case alone is kept as well: it gives nothing, and explains why.
    """
    prefix = f"group:{provider.slug}:"
    by_key: dict[str, set[str]] = {}
    for principal in _named_by_any({folded(prefix + name) for name in names}):
        by_key.setdefault(folded(principal), set()).add(principal.removeprefix(prefix))
    found = {name: sorted(by_key.get(folded(prefix + name), ())) for name in names}
    exact = provider.groups_case is GroupsCase.EXACT
    return {name: [name] if exact else mapped for name, mapped in found.items() if mapped}


def _named_by_any(wanted: set[str]) -> set[str]:
    return {principal for look_up in _named for principal in look_up(wanted)} if wanted else set()
