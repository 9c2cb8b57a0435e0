"""What a mapping can name, computed from verified claims: pure functions, no I/O.

A provider speaks for the domains that it declares and for nothing else. Whatever has the wrong type, is too long or
too much gives no rights: a cut-off list means fewer rights, never more.
"""

import logging
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from accounts.providers.declared import Kind, Provider

logger = logging.getLogger(__name__)

Claims = Mapping[str, Any]

# ASCII only: U+212A lower-cases to "k", so a wider alphabet would let one address pass for another.
ADDRESS = re.compile(r"([^\s@:,/\\\x00-\x1f\x7f]{1,64})@([a-z0-9.-]{1,253})", re.ASCII)
MOST_GROUPS, LONGEST_GROUP, MOST_CHARACTERS = 500, 400, 64_000
LONGEST_SUBJECT = 255


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
    verified = claims.get("email_verified") is True  # the text "false" is true to Python
    if provider.kind is Kind.GOOGLE:
        return verified and hosted(provider, claims)
    return provider.email_trusted or verified


def hosted(provider: Provider, claims: Claims) -> bool:
    """Tell whether Google says that the account belongs to one of the hosted domains."""
    domain = claims.get("hd")
    return isinstance(domain, str) and domain.lower() in provider.hosted_domains


def groups_of(provider: Provider, claims: Claims) -> list[str]:
    """Return the groups' names as the provider spells them, in Unicode NFC.

    AD FS sends several as a list, exactly one as a plain string and none as no claim at all. A comma is part of a
    name. An object, a number or a nested list makes the whole claim void.
    """
    value = claims.get(provider.groups_claim) if provider.groups_claim else None
    listed = [value] if isinstance(value, str) else value
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        logger.warning("%s sent its groups in a shape that gives no rights: %s", provider.slug, type(value).__name__)
        return []
    return _tamed(provider, [unicodedata.normalize("NFC", item) for item in listed])


def _tamed(provider: Provider, names: list[str]) -> list[str]:
    """Return the names that fit, at most so many and so long in all, and say in the log when some were cut."""
    fitting = list(dict.fromkeys(name for name in names if 0 < len(name) <= LONGEST_GROUP and name.isprintable()))
    kept, characters = [], 0
    for name in fitting[:MOST_GROUPS]:
        characters += len(name)
        if characters > MOST_CHARACTERS:
            break
        kept.append(name)
    if len(kept) < len(fitting):
        logger.warning(
            "%s sent %d groups; the first %d count. Filter them at the provider.", provider.slug, len(names), len(kept)
        )
    return kept


def subject_of(provider: Provider, claims: Claims) -> list[str]:
    """Return the person themselves, as the provider knows them: what never changes hands, and needs no address."""
    subject = claims.get("sub")
    fits = isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable()
    return [f"subject:{provider.slug}:{subject}"] if fits else []


def principals_of(provider: Provider, claims: Claims) -> list[str]:
    """Return every principal that these claims give, sorted: user:, domain:, group: and subject:."""
    address = address_of(provider, claims)
    personal = [f"user:{address}", f"domain:{address.rpartition('@')[2]}"] if address else []
    personal += subject_of(provider, claims)
    return sorted({*personal, *(f"group:{provider.slug}:{name}" for name in groups_of(provider, claims))})
