"""What is secret in a text that a page shows once, marked where the text is made, whatever its form.

The component ``components/secret.html`` hides the marked parts until they are asked for. A text without any mark is
hidden as a whole.
"""

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def masked(text: str, *secrets: str) -> SafeString:
    """Return the text as HTML, each of the secrets in a mark of its own."""
    shown = str(escape(text))
    for secret in filter(None, secrets):
        plain = str(escape(secret))
        shown = shown.replace(plain, f"<span data-masked>{plain}</span>")
    return mark_safe(shown)  # noqa: S308 - all of it is escaped above but the marks
