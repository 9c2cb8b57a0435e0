from typing import Any

import pytest

from portal.templatetags.plainly import plainly


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text", "text"),
        ("", "none"),
        (0, "0"),
        (1, "1"),
        (True, "yes"),
        (False, "no"),
        (None, "none"),
        ([], "none"),
        (["first_use", "burst"], "first_use, burst"),
        ({"id": 2, "note": "", "tags": {"team": "a"}}, "id: 2, note: none, tags: team: a"),
    ],
)
def test_a_ledger_line_is_told_in_words(value: Any, words: str) -> None:
    assert plainly(value) == words
