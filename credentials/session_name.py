"""How a person is named to AWS: in the session name, the source identity and the session tags.

A session name is unique per issue, because it is the tail of ``aws:userid``, which is what revokes exactly one session.
A source identity and a tag are stable per person, because policies compare them.

Two kinds of name never meet. An address that a provider vouches for holds an ``@``. Anybody else is named by provider
and subject, as the provider alone tells them apart, and that form holds none, whatever the subject is.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Final

# STS takes \w in these fields, but refuses letters beyond ASCII in practice.
NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
FOREIGN: Final = re.compile(r"[^A-Za-z0-9_+=,.@-]")
TAG_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_ .:/=+@-]")
BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
LONGEST_NAME, LONGEST_TAG, SUFFIX = 64, 256, 6
# 80 bits: whoever chooses their own subject must not find one with another's digest.
DIGEST: Final = 16
MARKED: Final = re.compile(rf"-[a-z2-7]{{{DIGEST}}}(?:@|\Z)")
SHORTEST_LOCAL: Final = 4


class Nameless(ValueError):
    """There is nothing to call this person by."""


@dataclass(frozen=True)
class Who:
    """Whom AWS is told of: the address that their provider vouches for, or "", and what the provider calls them."""

    address: str
    provider: str
    subject: str


@dataclass(frozen=True)
class _Field:
    """What a field of STS takes; ``between`` parts provider and subject, and is no letter of a provider's name."""

    foreign: re.Pattern[str]
    longest: int
    between: str


SESSION: Final = _Field(FOREIGN, LONGEST_NAME - SUFFIX - 1, "=")
SOURCE: Final = _Field(FOREIGN, LONGEST_NAME, "=")
TAG: Final = _Field(TAG_FOREIGN, LONGEST_TAG, ":")
TAG_OF_AWS: Final = _Field(TAG_FOREIGN, LONGEST_TAG, "=")  # AWS keeps values that begin with aws: for itself


def session_name(who: Who) -> str:
    """Return for example ``alice@example.com-7f3k2q``: 64 characters at most, of STS's alphabet, never the same twice.

    The local part is shortened, not the domain, so that a trust policy's pattern ``*@example.com-*`` still matches.
    """
    suffix = "".join(secrets.choice(BASE32) for _ in range(SUFFIX))
    return f"{_named(who, SESSION)}-{suffix}"


def source_identity(who: Who) -> str:
    """Return who acts, unchanged where STS takes it (2 to 64 characters of its alphabet), else altered and marked."""
    return _named(who, SOURCE)


def address_tag(who: Who) -> str:
    """Return the address as a session tag's value, unchanged where STS takes it; raise Nameless without one."""
    if not who.address:
        raise Nameless("no provider vouches for an address")
    return _address(who.address, TAG)


def subject_tag(who: Who) -> str:
    """Return provider and subject as a session tag's value: two providers may call two people alike."""
    return _subject(who, TAG_OF_AWS if who.provider == "aws" else TAG)


def _named(who: Who, field: _Field) -> str:
    return _address(who.address, field) if who.address else _subject(who, field)


def _address(address: str, field: _Field) -> str:
    """Return the address if it fits; else one with a digest of the original before the ``@``.

    Policies compare these values, so two people must never be folded into the same one: ``o'brien@example.com`` is
    not ``o-brien@example.com``. A domain that is too long is left out whole: cut, it would be another's.
    """
    folded = field.foreign.sub("-", address)
    if folded == address and len(address) <= field.longest and not MARKED.search(address):
        return address
    local, _, domain = folded.rpartition("@")
    tail = f"{_mark(address)}@{domain}"
    if len(tail) + SHORTEST_LOCAL > field.longest:
        tail = f"@{_mark(address)}"
    return local[: field.longest - len(tail)] + tail


def _subject(who: Who, field: _Field) -> str:
    """Return ``provider=subject`` if it fits, else one that ends with a digest of the original.

    The provider's name (32 characters at most) is never cut. Capital letters count as altered: somebody may compare
    without regard to them.
    """
    if not who.subject:
        raise Nameless("neither an address nor a subject")
    head, said = who.provider + field.between, who.subject
    folded = field.foreign.sub("-", said).replace("@", "-")
    if folded == said == said.lower() and len(head + said) <= field.longest and not MARKED.search(said):
        return head + said
    mark = _mark(said)
    return head + folded[: field.longest - len(head + mark)] + mark


def _mark(original: str) -> str:
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).digest()
    return "-" + b32encode(digest).decode().lower()[:DIGEST]
