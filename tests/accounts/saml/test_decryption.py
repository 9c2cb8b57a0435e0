"""Each guard of decryption by itself: everything is right but the one thing that a row says."""

import copy
from collections.abc import Callable

import pytest
import xmlsec
from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml.decryption import XENC11, decrypted
from tests.accounts.saml.idp import NS, Element, encrypt, pair, parse, text_of

KEYS = [pair("another-portal").key, pair("portal").key]
DATA, KEY = "xenc:EncryptedData", "xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey"
METHOD, DIGEST, MGF = "xenc:EncryptionMethod", f"{{{NS['ds']}}}DigestMethod", f"{{{XENC11}}}MGF"
VALUE = "xenc:CipherData/xenc:CipherValue"
Change = Callable[[Element], None]


def right() -> Element:
    content, ours = parse("<a>alice</a>"), pair("portal").certificate
    made = encrypt(content, ours, xmlsec.Transform.AES256_GCM, xmlsec.Transform.RSA_OAEP)
    return parse(text_of(made))  # as it comes over the wire


def method(path: str, value: str | None) -> Change:
    def change(wrapper: Element) -> None:
        found = wrapper.find(f"{path}/{METHOD}", NS)
        if value is None:
            found.getparent().remove(found)
        else:
            found.set("Algorithm", value)

    return change


def parameter(tag: str, value: str) -> Change:
    """Say which digest or mask OAEP uses."""

    def change(wrapper: Element) -> None:
        found = wrapper.find(f"{KEY}/{METHOD}", NS)
        for there in found.findall(tag):
            found.remove(there)
        etree.SubElement(found, tag, Algorithm=value)

    return change


def without(path: str) -> Change:
    def change(wrapper: Element) -> None:
        found = wrapper.find(path, NS)
        found.getparent().remove(found)

    return change


def twice(path: str) -> Change:
    def change(wrapper: Element) -> None:
        found = wrapper.find(path, NS)
        found.addnext(copy.deepcopy(found))

    return change


NOT_ALLOWED = (Reason.ALGORITHM, "encrypted by a method that is not allowed")
NO_TEXT = (Reason.DECRYPTION, "no cipher text inside")
SHA1, RSA_1_5, TRIPLE_DES = f"{NS['ds']}sha1", f"{NS['xenc']}rsa-1_5", f"{NS['xenc']}tripledes-cbc"
WRONG: list[tuple[Change, tuple[Reason, str]]] = [
    (without(DATA), (Reason.DECRYPTION, "0 elements EncryptedData")),
    (twice(DATA), (Reason.DECRYPTION, "2 elements EncryptedData")),
    (without(KEY), (Reason.DECRYPTION, "0 elements EncryptedKey")),
    (twice(KEY), (Reason.DECRYPTION, "2 elements EncryptedKey")),
    (method(DATA, None), NOT_ALLOWED),
    (method(DATA, TRIPLE_DES), NOT_ALLOWED),
    (method(KEY, None), NOT_ALLOWED),
    (method(KEY, RSA_1_5), NOT_ALLOWED),
    (method(DATA, f"{NS['xenc']}rsa-oaep-mgf1p"), NOT_ALLOWED),
    (parameter(DIGEST, f"{NS['xenc']}ripemd160"), NOT_ALLOWED),
    (parameter(MGF, f"{XENC11}mgf1md5"), NOT_ALLOWED),
    (without(f"{DATA}/{VALUE}"), NO_TEXT),
    (without(f"{KEY}/{VALUE}"), NO_TEXT),
    (parameter(DIGEST, f"{NS['xenc']}sha512"), (Reason.DECRYPTION, "none of 2 private keys opens it")),
]


@pytest.mark.parametrize(("change", "expected"), WRONG)
def test_each_guard_holds_by_itself(change: Change, expected: tuple[Reason, str]) -> None:
    wrapper = right()
    change(wrapper)
    with pytest.raises(SignInRefused) as caught:
        decrypted(wrapper, KEYS)
    assert (caught.value.reason, caught.value.detail) == expected


def test_what_is_right_is_opened_by_whichever_key_fits() -> None:
    assert decrypted(right(), KEYS).text == "alice"


def test_what_says_its_usual_digest_is_opened_too() -> None:
    wrapper = right()
    parameter(DIGEST, SHA1)(wrapper)
    assert decrypted(wrapper, KEYS).text == "alice"


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        ([], "encrypted, and no private key is configured here"),
        ([pair("another-portal").key], "none of 1 private keys opens it"),
    ],
)
def test_without_the_right_key_it_stays_closed(keys: list[str], detail: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        decrypted(right(), keys)
    assert (caught.value.reason, caught.value.detail) == (Reason.DECRYPTION, detail)
