"""Reading XML of strangers: each limit by itself."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import LARGEST, NS, alone, check_schema, decoded, inflated, parsed, text_of
from accounts.saml.redirect import deflated


def refusal(raw: bytes) -> str:
    with pytest.raises(SignInRefused) as caught:
        parsed(raw)
    return caught.value.detail


@pytest.mark.parametrize("start", [b"<!DOCTYPE x>", b"<!doctype x>", b"<! DOCTYPE x>", b"<!ENTITY e 'x'>"])
def test_a_document_type_is_found_before_anything_is_parsed(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr("accounts.saml.documents.etree.fromstring", None)
    assert refusal(start + b"<x/>") == "has a document type"


@pytest.mark.parametrize(
    "raw",
    [
        "<x/>".encode("utf-16"),
        "<x/>".encode("utf-16-le"),
        '<?xml version="1.0" encoding="utf-16"?><x/>'.encode("utf-16"),
        b"<x>\xe9</x>",
        b'<?xml version="1.0" encoding="latin-1"?><x>\xe9</x>',
        b'<?xml version="1.0" encoding="UTF-7"?>+ADw-x/+AD4-',
    ],
)
def test_another_encoding_than_utf_8_is_not_read(raw: bytes) -> None:
    assert refusal(raw) == "not well-formed XML"


def test_a_mark_at_the_start_is_no_error() -> None:
    assert parsed(b"\xef\xbb\xbf<x/>").tag == "x"


@pytest.mark.parametrize(
    "raw", [b"<!-- --><x/>", b"<x/><!-- -->", b"<x><y><!-- --></y></x>", b"<?p?><x/>", b"<x><?p?></x>"]
)
def test_comments_and_instructions_are_refused_wherever_they_stand(raw: bytes) -> None:
    assert refusal(raw) == "has a comment or a processing instruction"
    assert parsed(raw, comments=True).tag == "x"


def test_a_text_that_was_cut_by_a_comment_is_whole_where_comments_are_left_out() -> None:
    assert text_of(parsed(b"<x>alice<!-- -->@example.com</x>", comments=True)) == "alice@example.com"


def test_no_entity_is_resolved() -> None:
    assert refusal(b"<x>&e;</x>") == "not well-formed XML"


@pytest.mark.parametrize(("text", "plain"), [("YQ==", b"a"), ("Y Q\r\n=\t=", b"a"), ("", b"")])
def test_base64(text: str, plain: bytes) -> None:
    assert decoded(text) == plain


@pytest.mark.parametrize("text", ["YQ==!", "Y-_=", "YQ", "é", "YQ==YQ=="])
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(SignInRefused, match="not base64"):
        decoded(text)


def test_too_much_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.saml.documents.base64.b64decode", None)
    with pytest.raises(SignInRefused) as caught:
        decoded("A" * (2 * LARGEST + 1))
    assert caught.value.reason is Reason.TOO_LARGE


def test_an_element_alone_keeps_its_namespaces_and_loses_its_neighbours() -> None:
    root = parsed(b'<a:x xmlns:a="u:a" xmlns:b="u:b"><a:y k="v">t</a:y>tail</a:x>')
    found = alone(root[0])
    assert (found.nsmap, found.get("k"), found.text, found.tail) == ({"a": "u:a", "b": "u:b"}, "v", "t", None)
    assert found.getparent() is None


def test_a_text_holds_no_elements() -> None:
    with pytest.raises(SignInRefused, match="an element where there should be text"):
        text_of(parsed(b"<x>alice<y/>@example.com</x>"))


def of_size(number: int) -> bytes:
    return b"<x>" + b"a" * (number - 7) + b"</x>"


def declaring(number: int) -> bytes:
    """Return a document that declares so many namespaces, of few attributes each."""
    return b"<x>" + b"".join(b'<y xmlns:p%d="u:%d"/>' % (n, n) for n in range(number)) + b"</x>"


def base64_of(number: int) -> str:
    return "A" * number


LIMITS: list[tuple[Callable[[Any], Any], Callable[[int], Any], int, str]] = [
    (parsed, of_size, 1_000_000, "1000001 bytes"),
    (parsed, declaring, 5000, "5001 namespaces are declared"),
    (decoded, base64_of, 2_000_000, "2000001 characters"),
    (inflated, lambda number: deflated(of_size(number)), 1_000_000, "more than a megabyte inside"),
]


@pytest.mark.parametrize(("read", "made", "most", "detail"), LIMITS)
def test_each_limit_has_its_edge(
    read: Callable[[Any], Any], made: Callable[[int], Any], most: int, detail: str
) -> None:
    assert read(made(most)) is not None
    with pytest.raises(SignInRefused) as caught:
        read(made(most + 1))
    assert (caught.value.reason, caught.value.detail) == (Reason.TOO_LARGE, detail)


@pytest.mark.parametrize("data", [b"\xff", zlib.compress(b"<x/>")])
def test_what_is_not_deflated_is_none(data: bytes) -> None:
    with pytest.raises(SignInRefused, match="not deflated"):
        inflated(data)


@pytest.mark.parametrize("raw", [b"", b"x", b"<x>", b"<x/><y/>", b"<p:x/>", b"<x>\x00</x>"])
def test_what_is_not_well_formed_is_refused(raw: bytes) -> None:
    assert refusal(raw) == "not well-formed XML"


def test_a_document_is_held_against_its_schema() -> None:
    check_schema(parsed(f'<a:Issuer xmlns:a="{NS["saml"]}">i</a:Issuer>'.encode()), "assertion")
    with pytest.raises(SignInRefused, match="not what the schema of SAML asks of a assertion"):
        check_schema(parsed(f'<a:Issuer xmlns:a="{NS["saml"]}"><x/></a:Issuer>'.encode()), "assertion")
