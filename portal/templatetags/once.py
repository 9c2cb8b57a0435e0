"""``{% once %}…{% endonce %}``: parts of a page that are the same for everybody, rendered once per process."""

from django import template
from django.template.base import NodeList, Parser, Token

register = template.Library()


class OnceNode(template.Node):
    """Renders with an empty context, so that nothing of one person's page can reach another's."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self.text: str | None = None

    def render(self, context: template.Context) -> str:
        if self.text is None:
            self.text = self.nodelist.render(context.new())
        return self.text


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(nodelist)
