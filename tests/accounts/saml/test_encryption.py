"""Encrypted assertions: opened by our keys, the present and the last one, and held to the same rules inside."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import xmlsec
from lxml import etree

from accounts.models import SignIn
from accounts.saml.documents import NS
from tests.accounts.saml.conftest import Browser, Portal, reason, refused
from tests.accounts.saml.idp import Element, Hand, assertion, encrypt, pair, parse, response, sign, text_of

pytestmark = pytest.mark.django_db

T = xmlsec.Transform
XENC = f"{{{NS['xenc']}}}"


def hidden(
    portal: Portal, root: Element, *, to: str = "portal", block: Any = T.AES256, transport: Any = T.RSA_OAEP
) -> Element:
    """Encrypt the assertion of a response for a key, in its place."""
    assertion = root.find("saml:Assertion", NS)
    place = root.index(assertion)
    made = encrypt(assertion, pair(to).certificate, block, transport)
    root.insert(place, made)
    for rest in root.findall("saml:Assertion", NS):
        root.remove(rest)
    return parse(text_of(root))


@pytest.mark.parametrize("block", [T.AES128, T.AES256, T.AES128_GCM, T.AES256_GCM])
def test_an_encrypted_assertion_signs_in(portal: Portal, browser_at_corp: Browser, block: Any) -> None:
    portal.with_key()
    root = hidden(portal, portal.idp.signed(browser_at_corp.said()), block=block)
    assert b"alice" not in etree.tostring(root)
    assert browser_at_corp.arrive(root).status_code == 302
    assert SignIn.objects.get().email == "alice@example.com"


def test_a_signed_response_around_it_is_verified_as_it_came(portal: Portal, browser_at_corp: Browser) -> None:
    portal.with_key()
    root = hidden(portal, portal.idp.signed(browser_at_corp.said()))
    sign(root, portal.idp.hand)
    assert browser_at_corp.arrive(parse(text_of(root))).status_code == 302


def test_the_last_key_opens_while_the_provider_still_uses_it(portal: Portal, browser_at_corp: Browser) -> None:
    (portal.folder / "old.key").write_text(pair("old-portal").key)
    portal.with_key(previous_sp_private_key_file='"old.key"')
    for number, to in enumerate(("old-portal", "portal")):
        said = browser_at_corp.said(assertion_id=f"_a{number}")
        assert browser_at_corp.arrive(hidden(portal, portal.idp.signed(said), to=to)).status_code == 302


def unsigned(portal: Portal, browser: Browser) -> Element:
    return hidden(portal, parse(response(browser.said())))


def by_another_hand(portal: Portal, browser: Browser) -> Element:
    return hidden(portal, portal.idp.signed(browser.said(), Hand(pair("mallory"))))


def for_another(portal: Portal, browser: Browser) -> Element:
    return hidden(portal, portal.idp.signed(browser.said()), to="another-portal")


def by_rsa_1_5(portal: Portal, browser: Browser) -> Element:
    return hidden(portal, portal.idp.signed(browser.said()), transport=T.RSA_PKCS1)


def by_triple_des(portal: Portal, browser: Browser) -> Element:
    return hidden(portal, portal.idp.signed(browser.said()), block=T.DES3)


def changed_cipher_text(portal: Portal, browser: Browser) -> Element:
    root = hidden(portal, portal.idp.signed(browser.said()))
    value = root.findall(".//xenc:CipherValue", NS)[-1]
    value.text = value.text[:-40] + "A" * 40
    return root


def no_cipher_text(portal: Portal, browser: Browser) -> Element:
    root = hidden(portal, portal.idp.signed(browser.said()))
    data = root.findall(".//xenc:CipherData", NS)[-1]
    data.remove(data[0])
    etree.SubElement(data, f"{XENC}CipherReference", URI="file:///etc/passwd")
    return root


def two_keys(portal: Portal, browser: Browser) -> Element:
    root = hidden(portal, portal.idp.signed(browser.said()))
    key = root.find(".//xenc:EncryptedKey", NS)
    key.addnext(copy.deepcopy(key))
    return root


def no_key(portal: Portal, browser: Browser) -> Element:
    root = hidden(portal, portal.idp.signed(browser.said()))
    info = root.find(".//ds:KeyInfo", NS)
    info.getparent().remove(info)
    return root


def something_else_inside(portal: Portal, browser: Browser) -> Element:
    root = parse(response(browser.said(), f"<saml:Assertion xmlns:saml='{NS['saml']}'/>"))
    return hidden(portal, root)


def two_inside(portal: Portal, browser: Browser) -> Element:
    """A signed assertion with another one in its advice, which its signature covers."""
    said = browser.said()
    root = parse(response(said))
    advice = etree.Element(f"{{{NS['saml']}}}Advice")
    advice.append(parse(assertion(replace(said, assertion_id="_inner"))))
    root.find("saml:Assertion/saml:Conditions", NS).addnext(advice)
    sign(root.find("saml:Assertion", NS), portal.idp.hand)
    return hidden(portal, root)


def comment_inside(portal: Portal, browser: Browser) -> Element:
    root = portal.idp.signed(browser.said())
    root.find(".//saml:AttributeValue", NS).append(etree.Comment("x"))
    return hidden(portal, root)


WRONG: dict[Callable[[Portal, Browser], Element], str] = {
    unsigned: "unsigned",
    by_another_hand: "signature",
    for_another: "decryption",
    by_rsa_1_5: "algorithm",
    by_triple_des: "algorithm",
    changed_cipher_text: "decryption",
    no_cipher_text: "decryption",
    two_keys: "decryption",
    no_key: "decryption",
    something_else_inside: "malformed_message",
    two_inside: "malformed_message",
    comment_inside: "malformed_message",
}


@pytest.mark.parametrize("make", WRONG)
def test_what_is_wrong_inside_or_around_is_refused(
    portal: Portal, browser_at_corp: Browser, make: Callable[[Portal, Browser], Element]
) -> None:
    portal.with_key()
    assert reason(browser_at_corp.arrive(make(portal, browser_at_corp))) == WRONG[make]


def test_without_a_key_of_ours_it_stays_closed(portal: Portal, browser_at_corp: Browser) -> None:
    event = refused(browser_at_corp.arrive(hidden(portal, portal.idp.signed(browser_at_corp.said()))))
    assert (event.details["reason"], "no private key" in event.details["detail"]) == ("decryption", True)


def test_who_sends_cannot_tell_a_wrong_cipher_text_from_a_wrong_signature(portal: Portal) -> None:
    """Otherwise the portal could be asked, byte by byte, what a cipher text means."""
    portal.with_key()
    pages = []
    for make in (changed_cipher_text, by_another_hand, unsigned, something_else_inside):
        browser = Browser()
        answer = browser.arrive(make(portal, browser))
        text = answer.content.decode()
        pages.append((answer.status_code, "could not be verified, so nobody was signed in" in text, len(text)))
    assert len(set(pages)) == 1


def test_a_second_assertion_beside_the_encrypted_one_is_refused(portal: Portal, browser_at_corp: Browser) -> None:
    portal.with_key()
    said = browser_at_corp.said()
    root = hidden(portal, portal.idp.signed(said))
    twin = portal.idp.signed(replace(said, assertion_id="_b")).find("saml:Assertion", NS)
    root.append(twin)
    assert reason(browser_at_corp.arrive(root)) == "malformed_message"
