"""heroicons, each drawn once per process.

The package copies and serialises an XML tree whenever an icon is shown, which cost more than all database work of a
page that issues credentials. An icon with the same attributes is always the same text, so it is kept.
"""

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()


def _kept(name: str) -> None:
    """Register the package's tag of that name with a memory; only a template's own constants are its arguments."""
    register.simple_tag(lru_cache(maxsize=512)(getattr(heroicons, name)), name=name)


for _style in ("micro", "mini", "outline", "solid"):
    _kept(f"heroicon_{_style}")
