"""How a person is named to AWS: in the session name, the source identity and the session tags.

A session name is unique per issue, because it is the tail of ``aws:userid``, which is what revokes exactly one session.
A source identity and a tag are stable per person, because policies compare them.
"""

import hashlib
import re
import secrets
import unicodedata
from typing import Final

# STS takes \w in these fields, but refuses letters beyond ASCII in practice.
NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
FOREIGN: Final = re.compile(r"[^A-Za-z0-9_+=,.@-]")
TAG_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_ .:/=+@-]")
BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
LONGEST_NAME, LONGEST_TAG, SUFFIX = 64, 256, 6


def session_name(who: str) -> str:
    """Return for example ``alice@example.com-7f3k2q``: 64 characters at most, of STS's alphabet, never the same twice.

    The local part is shortened, not the domain, so that a trust policy's pattern ``*@example.com-*`` still matches.
    """
    suffix = "".join(secrets.choice(BASE32) for _ in range(SUFFIX))
    return f"{_shortened(_folded(who, FOREIGN), LONGEST_NAME - SUFFIX - 1)}-{suffix}"


def source_identity(who: str) -> str:
    """Return who acts, unchanged where STS takes it (2 to 64 characters of its alphabet), else altered and marked."""
    return _stable(who, FOREIGN, least=2, longest=LONGEST_NAME)


def tag_value(who: str) -> str:
    """Return who acts as a session tag's value (to 256 characters), unchanged where STS takes it."""
    return _stable(who, TAG_FOREIGN, least=1, longest=LONGEST_TAG)


def _stable(who: str, foreign: re.Pattern[str], *, least: int, longest: int) -> str:
    """Return ``who`` if it fits; else an altered form that carries a digest of the original.

    Policies compare these values, so two people must never be folded into the same one: ``o'brien@example.com`` is
    not ``o-brien@example.com``.
    """
    folded = _folded(who, foreign)
    if folded == who and least <= len(who) <= longest:
        return who
    mark = "-" + hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    local, at, domain = folded.rpartition("@")
    body, tail = (local, at + domain) if at and len(domain) <= longest // 2 else (folded, "")
    return body[: longest - len(mark + tail)] + mark + tail


def _folded(who: str, foreign: re.Pattern[str]) -> str:
    """Return ``who`` in ASCII: accents dropped, everything else that STS refuses replaced by a hyphen."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", who) if not unicodedata.combining(c))
    folded = foreign.sub("-", plain)
    return folded.replace(":", "-", 1) if folded.casefold().startswith("aws:") else folded


def _shortened(name: str, longest: int) -> str:
    """Cut the local part, or what there is from the left, to ``longest`` characters."""
    local, at, domain = name.rpartition("@")
    room = longest - len(at + domain)
    return local[:room] + at + domain if at and room > 0 else name[-longest:]
