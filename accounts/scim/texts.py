"""Texts of a directory as they are kept: what names somebody must fit as it is, what is only shown is made to fit."""

from scim2_models import InvalidValueException

from portal.texts import is_line, plain

LONGEST_SHOWN = 200


def key_text(attribute: str, value: str | None, most: int) -> str:
    """Return a text by which somebody or something is recognised; raise InvalidValueException if it does not fit."""
    text = value or ""
    if len(text) > most or not is_line(text):
        raise InvalidValueException(
            detail=f"{attribute} takes at most {most} characters, in one line and none of them a control."
        )
    return text


def required_text(attribute: str, value: str | None, most: int) -> str:
    """Return such a text that must not be empty."""
    text = key_text(attribute, value, most)
    if not text.strip():
        raise InvalidValueException(detail=f"{attribute} must not be empty.")
    return text


def shown_text(value: str | None) -> str:
    """Return a text that people read, cut, without what no line may hold: a push must not fail over a name."""
    return plain(value or "")[:LONGEST_SHOWN]
