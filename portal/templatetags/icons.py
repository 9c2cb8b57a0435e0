"""heroicons as constants of a template.

The package copies and serialises an XML tree whenever an icon is shown, which cost more than all database work of a
page that issues credentials. An icon with constant arguments is drawn when the template is compiled.
"""

from collections.abc import Callable

from django import template
from django.template.base import FilterExpression, Node, Parser, TextNode, Token, token_kwargs
from heroicons.templatetags import heroicons

register = template.Library()
Draw = Callable[..., str]


class IconNode(Node):
    """An icon whose arguments are only known when the page is shown."""

    def __init__(
        self, draw: Callable[..., str], name: FilterExpression, attributes: dict[str, FilterExpression]
    ) -> None:
        self.draw, self.name, self.attributes = draw, name, attributes

    def render(self, context: template.Context) -> str:
        attributes = {key: value.resolve(context) for key, value in self.attributes.items()}
        return self.draw(self.name.resolve(context), **attributes)


def _compiler(style: str) -> Callable[[Parser, Token], Node]:
    """Return the compiler of one style's tag: ``{% heroicon_mini "key" aria_hidden="true" size=16 %}``."""
    draw = getattr(heroicons, f"heroicon_{style}")

    def compile_icon(parser: Parser, token: Token) -> Node:
        _, name, *words = token.split_contents()
        icon = IconNode(draw, parser.compile_filter(name), token_kwargs(words, parser))
        constant = all(_is_constant(value) for value in (icon.name, *icon.attributes.values()))
        return TextNode(icon.render(template.Context())) if constant else icon

    return compile_icon


def _is_constant(expression: FilterExpression) -> bool:
    return getattr(expression.var, "lookups", None) is None and not expression.filters


for _style in ("micro", "mini", "outline", "solid"):
    register.tag(f"heroicon_{_style}", _compiler(_style))
