"""One rule for a line of text, whoever wrote it: a person, a provider, a directory, a tool.

``str.isprintable()`` asks what ``repr()`` would escape. It refuses no-break spaces, zero-width joiners and private
letters, which names hold in many languages. What does harm is less: a line break begins another line of a log, a
control character acts on a terminal, and no database or page takes NUL or half of a surrogate pair.
"""

import re

from django.core.exceptions import ValidationError

# C0, DEL and C1 (U+0085 breaks lines), the two separators, and halves of surrogate pairs; for a class of a pattern.
REFUSED = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff"
SENTENCE = "Write it in one line, without control characters."
# What turns the letters after it around: embeddings, overrides and isolates (Unicode UAX #9, section 2).
TURNING = "\\u202a-\\u202e\\u2066-\\u2069"
_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_REFUSED = re.compile(f"[{REFUSED}]")
_UNSHOWN = re.compile(f"[{REFUSED}{TURNING}]")
_VISIBLE = re.compile(r"[\x20-\x7e]*")


def is_line(text: str) -> bool:
    """Tell whether the text is one line that can be kept, shown and logged; an empty one is."""
    return _REFUSED.search(text) is None


def can_be_kept(text: str) -> bool:
    """Tell whether a database takes the text, however many lines it has: neither NUL nor half of a surrogate pair."""
    return _UNKEPT.search(text) is None


def is_ascii_line(text: str) -> bool:
    """Tell the same of what a protocol holds to ASCII: tokens, for instance (RFC 6749, appendix A)."""
    return _VISIBLE.fullmatch(text) is not None


def plain(text: str, *, instead: str = "") -> str:
    """Return what is only shown, with ``instead`` for what no line may hold and for what would turn the line around.

    What is compared to the letter, as a group's name is, keeps the latter.
    """
    return _UNSHOWN.sub(instead, text)


def one_line(value: str) -> None:
    """Validate what somebody typed."""
    if not is_line(value):
        raise ValidationError(SENTENCE)
