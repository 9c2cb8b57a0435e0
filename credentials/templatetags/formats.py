"""Parts of a page that shows credentials: all but the texts is the same for everybody, so it is drawn once."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from credentials.formats import Format
from credentials.single_values import Value
from portal.masking import masked

register = template.Library()
# Stands for one person's text while the frame is drawn; no part of the templates is written like it.
GAP: Final = re.compile(r"@@[\w-]+@@")
TEXTS: Final = ("note", "text", "filename", "command")


@register.simple_tag
def format_panels(formats: list[Format]) -> SafeString:
    """Return tabs and panels with each format's texts in their places; they are escaped here and never kept."""
    texts: dict[str, SafeString] = {}
    for form in formats:
        texts |= {_gap(name, form): escape(getattr(form, name)) for name in TEXTS}
        texts[_gap("text", form)] = masked(form.text, *form.secrets)
    return _filled("credentials/_formats.html", tuple(map(_without_texts, formats)), texts)


@register.simple_tag
def single_values(values: list[Value]) -> SafeString:
    """Return each value with its button that copies it, those that are secret hidden."""
    texts = {f"@@{value.slug}@@": masked(value.text, value.text if value.secret else "") for value in values}
    bare = tuple(replace(value, text=f"@@{value.slug}@@") for value in values)
    return _filled("credentials/_values.html", bare, texts)


def _without_texts(form: Format) -> Format:
    gaps: dict[str, Any] = {name: _gap(name, form) if getattr(form, name) else "" for name in TEXTS}
    return replace(form, secrets=(), **gaps)


def _gap(name: str, form: Format) -> str:
    return f"@@{name}-{form.slug}@@"


def _filled(name: str, shown: tuple[Any, ...], texts: Mapping[str, SafeString]) -> SafeString:
    filled = GAP.sub(lambda gap: texts[gap.group()], _frame(name, shown))
    return mark_safe(filled)  # noqa: S308 - the frame is a template's own output, the texts are escaped


@lru_cache(maxsize=8)
def _frame(name: str, shown: tuple[Any, ...]) -> str:
    """Draw everything around the texts, with a gap in the place of each."""
    return render_to_string(name, {"shown": shown})
