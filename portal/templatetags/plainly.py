"""``{{ value|plainly }}``: what a ledger line holds, in words instead of Python's brackets and quotes."""

from typing import Any

from django import template

register = template.Library()
WORDS = {None: "none", True: "yes", False: "no"}


@register.filter
def plainly(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {plainly(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(plainly, value)) or "none"
    return WORDS[value] if value is None or isinstance(value, bool) else str(value) or "none"
