"""The tabs of a page that shows credentials: all but the secrets is the same for everybody, so it is drawn once."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from credentials.formats import Format
from portal.masking import masked

register = template.Library()
# Stands for a secret's text while the frame is drawn; no format's constant parts hold it.
GAP: Final = "@@@"


@register.simple_tag
def format_panels(formats: list[Format]) -> SafeString:
    """Return tabs and panels with each format's text in its place; the texts are escaped here and never kept."""
    frame = _frame(tuple(replace(shown, text=GAP, secrets=()) for shown in formats))
    texts = [masked(shown.text, *shown.secrets) for shown in formats]
    parts = [frame[0]]
    for text, piece in zip(texts, frame[1:], strict=True):
        parts += [text, piece]
    return mark_safe("".join(parts))  # noqa: S308 - the frame is a template's own output, the texts are escaped


@lru_cache(maxsize=4)
def _frame(formats: tuple[Format, ...]) -> list[str]:
    """Draw everything around the texts and return the pieces between them, one more than there are texts."""
    return render_to_string("credentials/_formats.html", {"formats": formats}).split(GAP)
