import html

from django.template import Context, Template

from credentials.formats import Format
from credentials.single_values import Value
from credentials.templatetags.formats import _frame
from tests.credentials.test_formats import CREDENTIALS, KEY, SECRET, forms
from tests.portal.test_masking import MARK, marked_in, unmarked

PAGE = Template("{% load formats %}{% format_panels formats %}")
VALUES = Template("{% load formats %}{% single_values values %}")
GAPS = "@@text-x@@ @@@ @@text-y@@ @@command-x@@"


def plain(page: str) -> str:
    """Return the text as it is copied, without its marks."""
    return html.unescape(MARK.sub(r"\1", page))


def shown(*formats: Format) -> str:
    return PAGE.render(Context({"formats": list(formats)}))


def test_a_text_is_shown_as_it_is_and_never_as_markup() -> None:
    hostile = "<script>'\"&" + GAPS
    page = shown(Format("x", "X", "", hostile, f"{hostile}.txt", command=hostile), Format("y", "Y", "", "why", "y.txt"))
    assert "<script>" not in page
    assert [html.unescape(page).count(text) for text in (hostile, f"{hostile}.txt", ">why<")] == [4, 2, 1]


def test_each_text_stands_in_its_own_panel() -> None:
    panels = shown(*forms()).split('<div class="panel"')[1:]
    found = [(form.slug, form.note, form.text, form.filename, form.command) for form in forms()]
    for (slug, *texts), panel in zip(found, panels, strict=True):
        assert [f'id="panel-{slug}"' in panel, *(text in plain(panel) for text in texts)] == [True] * 5
    assert ["Then see whether it works" in panel for panel in panels] == [True] * 6 + [False]


def test_every_format_marks_both_secrets_and_nothing_else() -> None:
    token = CREDENTIALS.session_token
    for form in forms():
        assert marked_in(shown(form)) == [SECRET, token]
        assert (SECRET in unmarked(shown(form)), token in unmarked(shown(form))) == (False, False)


def test_the_frame_that_is_kept_holds_nothing_of_anybody() -> None:
    _frame.cache_clear()
    first = shown(*forms(profile="one", name="first"))
    second = shown(*forms(profile="two", name="second", region="", account_id="444455556666"))
    assert (SECRET in html.unescape(first), "try one" in first, "try two" in second) == (True, True, True)
    assert _frame.cache_info().currsize == 1


def test_a_secret_value_is_marked_and_any_other_is_shown() -> None:
    values = [Value("key", "Key", KEY), Value("secret", "Secret", "<b>&", secret=True)]
    page = VALUES.render(Context({"values": values}))
    assert marked_in(page) == ["<b>&"]
    assert ("<b>" in page, KEY in unmarked(page)) == (False, True)
    assert [page.count(text) for text in ('data-copy-from="key"', "data-copy>", "data-reveal")] == [1, 1, 1]
    _frame.cache_clear()
    for text in ("one", "two"):
        VALUES.render(Context({"values": [Value("key", "Key", text, secret=True)]}))
    assert _frame.cache_info().currsize == 1
