"""What a line of text may hold, over all of Unicode."""

import re
import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError

from portal import texts

ALL = [chr(code) for code in range(sys.maxunicode + 1)]
LINE_SEPARATORS = {"\u2028", "\u2029"}


def test_only_controls_line_breaks_and_halves_of_pairs_are_refused() -> None:
    refused = {character for character in ALL if not texts.is_line(character)}
    assert refused == {c for c in ALL if unicodedata.category(c) in {"Cc", "Cs"}} | LINE_SEPARATORS


def test_nothing_that_breaks_a_line_passes() -> None:
    assert [c for c in ALL if len(f"a{c}b".splitlines()) > 1 and texts.is_line(c)] == []


def test_what_passes_can_be_kept_and_sent() -> None:
    "".join(filter(texts.is_line, ALL)).encode()


def test_patterns_refuse_the_same() -> None:
    pattern = re.compile(f"[^{texts.REFUSED}]")
    assert [c for c in ALL if bool(pattern.fullmatch(c)) != texts.is_line(c)] == []


def test_a_line_of_ascii_is_what_is_seen_and_blanks() -> None:
    assert "".join(filter(texts.is_ascii_line, ALL)) == "".join(map(chr, range(0x20, 0x7F)))


@pytest.mark.parametrize("of", [texts.is_line, texts.is_ascii_line])
def test_an_empty_line_is_one_and_a_break_at_the_end_is_none(of: "type[bool]") -> None:
    assert (of(""), of("a\n"), of("\na")) == (True, False, False)


@pytest.mark.parametrize(("instead", "left"), [("", "abc"), ("\ufffd", "a\ufffdb\ufffdc")])
def test_what_is_only_shown_loses_what_a_line_may_not_hold(instead: str, left: str) -> None:
    assert texts.plain("a\nb\ud800c", instead=instead) == left


def test_what_is_only_shown_turns_no_line_around() -> None:
    turning = {
        c
        for c in ALL
        if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    }
    assert {c for c in ALL if texts.is_line(c) and not texts.plain(c)} == turning


@pytest.mark.parametrize(
    "reason", ["INC-1\u00a0: restart", "Panne\u202f: x", "rotate\u00adkeys", "\U0001f469\u200d\U0001f4bb"]
)
def test_what_people_paste_is_one_line(reason: str) -> None:
    texts.one_line(reason)


@pytest.mark.parametrize("typed", ["two\nlines", "two\u2028lines", "bell\x07", "next\x85line", "half\udc00"])
def test_what_is_not_says_so(typed: str) -> None:
    with pytest.raises(ValidationError, match="Write it in one line, without control characters"):
        texts.one_line(typed)
