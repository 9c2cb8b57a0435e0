"""What is secret stands in a mark, and nothing of it outside."""

import html
import re

from portal.masking import masked

MARK = re.compile(r"<span data-masked>([^<]*)</span>")


def marked_in(page: str) -> list[str]:
    return [html.unescape(part) for part in MARK.findall(page)]


def unmarked(page: str) -> str:
    """Return what a page shows before anybody asks to see more."""
    return html.unescape(MARK.sub("", page))


def test_each_secret_is_marked_wherever_it_stands() -> None:
    shown = masked("a=s3cr3t b=t0k3n a=s3cr3t", "s3cr3t", "t0k3n")
    assert marked_in(shown) == ["s3cr3t", "t0k3n", "s3cr3t"]
    assert unmarked(shown) == "a= b= a="


def test_the_text_and_its_secrets_are_never_markup() -> None:
    shown = masked("<b>'\"& <i>", "<i>")
    assert (marked_in(shown), unmarked(shown)) == (["<i>"], "<b>'\"& ")
    assert "<b>" not in shown


def test_no_secret_is_no_mark() -> None:
    assert masked("a <b>", "", "absent") == "a &lt;b&gt;"
