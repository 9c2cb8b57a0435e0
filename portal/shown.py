"""No name on a page turns the letters after it around: what would is shown as its number, such as ⟨U+202E⟩.

Groups, principals, notes and reasons are kept to the letter, so pages are where it has to be seen. Every page leaves by
the backend of templates, Django's administration and its form fields too. Fields keep their values, or saving a form
would change them.
"""

import re
from typing import Any

from django.http import HttpRequest
from django.template.backends import django
from django.utils.safestring import SafeString, mark_safe

from portal.texts import TURNING

TURNS = re.compile(f"[{TURNING}]")
# What is no text of a page comes first, and is left as it is.
LETTERS = re.compile(rf"<(textarea|script|style)\b.*?</\1>|<[^>]*>|[{TURNING}]", re.DOTALL | re.IGNORECASE)


class Template(django.Template):
    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        return mark_safe(shown(super().render(context, request)))  # noqa: S308  # as safe as it was: only letters without a meaning to HTML go in


class Templates(django.DjangoTemplates):
    """Django's own backend, whose pages cannot be turned around."""

    def from_string(self, template_code: str) -> Template:
        return self._ours(super().from_string(template_code))

    def get_template(self, template_name: str) -> Template:
        return self._ours(super().get_template(template_name))

    def _ours(self, found: django.Template) -> Template:
        return Template(found.template, self)


def shown(page: str) -> str:
    """Return the page with what turns letters around written as its number, but in fields and tags."""
    return LETTERS.sub(_seen, page) if TURNS.search(page) else page


def _seen(found: re.Match[str]) -> str:
    whole = found.group()
    return whole if whole.startswith("<") else f"⟨U+{ord(whole):04X}⟩"
