import html

from django.template import Context, Template

from credentials.formats import Format, formats_of
from credentials.templatetags.formats import GAP, _frame
from tests.credentials.test_formats import CREDENTIALS, SECRET
from tests.portal.test_masking import MARK, marked_in, unmarked

PAGE = Template("{% load formats %}{% format_panels formats %}")


def plain(page: str) -> str:
    """Return the text as it is copied, without its marks."""
    return html.unescape(MARK.sub(r"\1", page))


def shown(*formats: Format) -> str:
    return PAGE.render(Context({"formats": list(formats)}))


def test_a_text_is_shown_as_it_is_and_never_as_markup() -> None:
    hostile = "<script>'\"&" + GAP
    page = shown(Format("x", "X", "", hostile, "x.txt", "x"))
    assert "<script>" not in page
    assert hostile in html.unescape(page)


def test_each_text_stands_in_its_own_panel() -> None:
    formats = formats_of(CREDENTIALS, profile="p", region="eu-west-1", account_id="111122223333")
    panels = shown(*formats).split('<div class="panel"')[1:]
    assert [form.text in plain(panel) for form, panel in zip(formats, panels, strict=True)] == [True] * 7
    assert [f'id="panel-{form.slug}"' in panel for form, panel in zip(formats, panels, strict=True)] == [True] * 7


def test_every_format_marks_both_secrets_and_nothing_else() -> None:
    token = CREDENTIALS.session_token
    for form in formats_of(CREDENTIALS, profile="p", region="eu-west-1", account_id="111122223333"):
        assert marked_in(shown(form)) == [SECRET, token]
        assert (SECRET in unmarked(shown(form)), token in unmarked(shown(form))) == (False, False)


def test_the_frame_that_is_kept_holds_no_secret() -> None:
    _frame.cache_clear()
    first = shown(*formats_of(CREDENTIALS, profile="one", region="", account_id="111122223333"))
    shown(*formats_of(CREDENTIALS, profile="two", region="eu-west-1", account_id="444455556666"))
    kept = str(_frame(tuple(Format(f.slug, f.label, f.note, GAP, f.filename, f.language) for f in forms())))
    assert (SECRET in html.unescape(first), SECRET in html.unescape(kept)) == (True, False)
    assert _frame.cache_info().currsize == 1


def forms() -> list[Format]:
    return formats_of(CREDENTIALS, profile="three", region="", account_id="111122223333")
