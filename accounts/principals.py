"""What verified claims say that a mapping can name: pure functions, no I/O.

A provider speaks for the domains that it declares and for nothing else. Whatever has the wrong type, is too long or
too much gives no rights: a cut-off list means fewer rights, never more.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from accounts.group_problems import Groups, Problem
from accounts.providers.declared import Kind, Provider
from portal.texts import is_line

Claims = Mapping[str, Any]

# ASCII only: U+212A lower-cases to "k", so a wider alphabet would let one address pass for another.
ADDRESS = re.compile(r"([^\s@:,/\\\x00-\x1f\x7f]{1,64})@([a-z0-9.-]{1,253})", re.ASCII)
MOST_GROUPS, LONGEST_GROUP, MOST_CHARACTERS = 2_000, 400, 100_000
LONGEST_SUBJECT = 255
# What NFC would turn into ASCII: a name with one of these would pass for another. (Greek ; and `, and the Kelvin sign.)
PASSING_FOR_ASCII = re.compile("[\u037e\u1fef\u212a]")
SHAPES = {dict: "an object", list: "a list", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}


def address_of(provider: Provider, claims: Claims) -> str:
    """Return the e-mail address that the provider may assert, in lower case, or "" if it may not.

    Its domain must be one that the provider declares. Google vouches for a verified address of a hosted domain
    (``hd`` as a claim, since the request's parameter only tailors Google's page); AD FS by configuration; any other
    provider when it says ``email_verified`` or the file says ``email_trusted``.
    """
    value = claims.get(provider.email_claim)
    match = ADDRESS.fullmatch(value.lower()) if isinstance(value, str) and value.isascii() else None
    if not match or len(match.group()) > 254 or match.group(2) not in provider.domains:
        return ""
    return match.group() if vouched_for(provider, claims) else ""


def vouched_for(provider: Provider, claims: Claims) -> bool:
    # The text "false" is true to Python. It speaks of the claim "email" alone (OpenID Connect Core, section 5.1): what
    # stands in another one, such as preferred_username, people may be free to choose.
    verified = provider.email_claim == "email" and claims.get("email_verified") is True
    if provider.kind is Kind.GOOGLE:
        return verified and hosted(provider, claims)
    return provider.email_trusted or verified


def hosted(provider: Provider, claims: Claims) -> bool:
    """Tell whether Google says that the account belongs to one of the hosted domains."""
    domain = claims.get("hd")
    return isinstance(domain, str) and domain.lower() in provider.hosted_domains


def personal(provider: Provider, claims: Claims) -> list[str]:
    """Return the principals of the person themselves, sorted: subject:, and by their address user: and domain:."""
    address = address_of(provider, claims)
    by_address = [f"user:{address}", f"domain:{address.rpartition('@')[2]}"] if address else []
    return sorted([*by_address, *subject_of(provider, claims)])


def groups_claimed(provider: Provider, claims: Claims) -> Groups:
    """Return the groups' names as the provider spells them, in Unicode NFC.

    AD FS sends several as a list, exactly one as a plain string and none as no claim at all. A comma is part of a
    name. An object, a number or a nested list makes the whole claim void; so does Entra ID's word that there are more
    groups than fit into a token.
    """
    if not provider.groups_claim:
        return Groups()
    value = claims.get(provider.groups_claim)
    if left_out(provider, claims, value):
        return Groups(problem=Problem.OVERAGE, detail="the groups are not in the token")
    listed = [value] if isinstance(value, str) else value
    if listed is None:
        return Groups()
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        return Groups(problem=Problem.MALFORMED, detail=f"{provider.groups_claim} is {shape_of(value)}")
    return _tamed([unicodedata.normalize("NFC", item) if _fits(item) else item for item in listed if item])


def left_out(provider: Provider, claims: Claims, value: object) -> bool:
    """Tell whether the token points elsewhere for the groups (OpenID Connect Core, section 5.6.2; Entra ID's overage).

    Daypass follows no such pointer: it leads wherever the token says, and Entra's needs a token of another kind.
    """
    elsewhere = claims.get("_claim_names")
    named = isinstance(elsewhere, Mapping) and provider.groups_claim in elsewhere
    counted = provider.groups_claim == "groups" and value is None
    return named or (counted and claims.get("hasgroups") in (True, "true"))


def shape_of(value: object) -> str:
    """Name a JSON value's shape, and what a list holds beside texts."""
    if not isinstance(value, list):
        return SHAPES.get(type(value), "of an unknown type")
    other = next((item for item in value if not isinstance(item, str)), None)
    return f"a list that holds {SHAPES.get(type(other), 'value of an unknown type')}"


def _tamed(names: list[str]) -> Groups:
    """Return the names that fit, at most so many and so long in all, and say when some were cut off or left out."""
    fitting = list(dict.fromkeys(name for name in names if _fits(name)))
    unfit = sum(not _fits(name) for name in names)
    kept, characters = [], 0
    for name in fitting[:MOST_GROUPS]:
        characters += len(name)
        if characters > MOST_CHARACTERS:
            break
        kept.append(name)
    if len(kept) < len(fitting):
        return Groups(tuple(kept), Problem.TOO_MANY, f"{len(names)} groups, of which the first {len(kept)} count")
    return Groups(tuple(kept), Problem.UNREADABLE, f"{unfit} of {len(names)} groups") if unfit else Groups(tuple(kept))


def _fits(name: str) -> bool:
    composed = unicodedata.normalize("NFC", name)
    return 0 < len(composed) <= LONGEST_GROUP and is_line(composed) and not PASSING_FOR_ASCII.search(name)


def subject_of(provider: Provider, claims: Claims) -> list[str]:
    """Return the person themselves, as the provider knows them: what never changes hands, and needs no address."""
    subject = claims.get("sub")
    fits = isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT and is_line(subject)
    return [f"subject:{provider.slug}:{subject}"] if fits else []
