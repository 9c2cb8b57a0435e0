"""Signature wrapping in its eight shapes (Somorovsky and others, "On Breaking SAML", 2012), and its relatives.

Each takes a true response whose assertion speaks of Mallory, whom the provider knows well, and adds an unsigned
assertion that speaks of Alice: where a careless reader would find it, with the signed one where a verifier would.
"""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import xmlsec
from lxml import etree

from tests.accounts.saml.conftest import Browser, Portal, reason, refused
from tests.accounts.saml.idp import ALICE, NS, UPN, Element, Hand, Said, assertion, pair, parse, response, sign, text_of

pytestmark = pytest.mark.django_db

MALLORY = {**ALICE, UPN: ["mallory@ad.example.internal"]}
SAML, DS = f"{{{NS['saml']}}}", f"{{{NS['ds']}}}"


def parts(root: Element) -> tuple[Element, Element, Element]:
    """Return the signed assertion, its signature, and an evil twin of the assertion that is not signed."""
    signed = root.find("saml:Assertion", NS)
    evil = copy.deepcopy(signed)
    evil.remove(evil.find("ds:Signature", NS))
    evil.set("ID", "_evil")
    for value in evil.iter(f"{SAML}AttributeValue"):
        value.text = (value.text or "").replace("mallory", "alice")
    return signed, signed.find("ds:Signature", NS), evil


def in_object(signature: Element, element: Element) -> None:
    etree.SubElement(signature, f"{DS}Object").append(element)


def in_extensions(root: Element, element: Element) -> None:
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(element)
    root.insert(1, extensions)


def xsw1(root: Element) -> Element:
    """The signed response is wrapped in the signature of an evil one."""
    true = copy.deepcopy(root)
    signature = root.find("ds:Signature", NS)
    assert signature is not None
    true.remove(true.find("ds:Signature", NS))
    in_object(signature, true)
    root.set("ID", "_evil-response")
    return root


def xsw2(root: Element) -> Element:
    """As before, but the signature stands beside the signed response and not around it."""
    true, signature = copy.deepcopy(root), root.find("ds:Signature", NS)
    assert signature is not None
    true.remove(true.find("ds:Signature", NS))
    root.set("ID", "_evil-response")
    in_extensions(root, true)
    return root


def xsw3(root: Element) -> Element:
    """The evil assertion comes first, the signed one after it."""
    signed, _, evil = parts(root)
    signed.addprevious(evil)
    return root


def xsw4(root: Element) -> Element:
    """The signed assertion stands inside the evil one."""
    signed, _, evil = parts(root)
    root.replace(signed, evil)
    evil.append(signed)
    return root


def xsw5(root: Element) -> Element:
    """The evil assertion holds the signature, and the signed one stands behind it."""
    signed, signature, evil = parts(root)
    signed.remove(signature)
    evil.insert(1, signature)
    signed.addprevious(evil)
    return root


def xsw6(root: Element) -> Element:
    """The evil assertion holds the signature, and that holds the signed one."""
    signed, signature, evil = parts(root)
    signed.remove(signature)
    evil.insert(1, signature)
    root.replace(signed, evil)
    in_object(signature, signed)
    return root


def xsw7(root: Element) -> Element:
    """The evil assertion stands in the response's extensions, which take anything."""
    _, _, evil = parts(root)
    in_extensions(root, evil)
    return root


def xsw8(root: Element) -> Element:
    """The evil assertion stands in place of the signed one, which the signature's object holds."""
    signed, signature, evil = parts(root)
    moved = copy.deepcopy(signed)
    moved.remove(moved.find("ds:Signature", NS))
    evil.insert(1, copy.deepcopy(signature))
    in_object(evil.find("ds:Signature", NS), moved)
    root.replace(signed, evil)
    return root


SHAPES = [xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8]


def wrapped(portal: Portal, said: Said, shape: Callable[[Element], Element]) -> Element:
    root = portal.idp.signed(replace(said, attributes=MALLORY))
    if shape in {xsw1, xsw2}:
        sign(root, portal.idp.hand)
        root = parse(text_of(root))
    return parse(text_of(shape(root)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wrapped_signature_signs_nobody_in(
    portal: Portal, browser_at_corp: Browser, shape: Callable[[Element], Element]
) -> None:
    answer = browser_at_corp.arrive(wrapped(portal, browser_at_corp.said(), shape))
    assert reason(answer) in {"malformed_message", "signature"}


def test_what_is_wrapped_is_true_when_it_is_not(portal: Portal, browser_at_corp: Browser) -> None:
    said = replace(browser_at_corp.said(), attributes=MALLORY)
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302


def replaced_attribute(root: Element) -> Element:
    root.find(".//saml:AttributeValue", NS).text = "alice@ad.example.internal"
    return root


def comment_in_text(root: Element) -> Element:
    """What a signature does not cover cuts the text for who reads but its first part."""
    value = root.find(".//saml:AttributeValue", NS)
    value.text, rest = "mallory", etree.Comment("")
    value.append(rest)
    rest.tail = "@ad.example.internal"
    return root


def processing_instruction(root: Element) -> Element:
    root.find(".//saml:AttributeValue", NS).append(etree.ProcessingInstruction("x"))
    return root


def no_signature(root: Element) -> Element:
    signed, signature, _ = parts(root)
    signed.remove(signature)
    return root


def signature_over_the_subject(root: Element) -> Element:
    """A true signature of the provider, over a part of the assertion."""
    _, signature, _ = parts(root)
    signature.find(".//ds:Reference", NS).set("URI", "#_other")
    return root


def empty_reference(root: Element) -> Element:
    """An empty reference means the whole document: whatever that is by then."""
    _, signature, _ = parts(root)
    signature.find(".//ds:Reference", NS).set("URI", "")
    return root


def two_references(root: Element) -> Element:
    _, signature, _ = parts(root)
    reference = signature.find(".//ds:Reference", NS)
    reference.addnext(copy.deepcopy(reference))
    return root


def filtered(root: Element) -> Element:
    """A transform that leaves out of the digest what it likes."""
    _, signature, _ = parts(root)
    transform = signature.find(".//ds:Transform", NS)
    transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")
    etree.SubElement(transform, f"{DS}XPath").text = "not(ancestor-or-self::saml:AttributeStatement)"
    return root


def second_signature(root: Element) -> Element:
    _, signature, _ = parts(root)
    signature.addnext(copy.deepcopy(signature))
    return root


def id_of_xml(root: Element) -> Element:
    """An attribute xml:id is an ID by itself, without any schema."""
    value = root.find(".//saml:AttributeValue", NS)
    value.set("{http://www.w3.org/XML/1998/namespace}id", "_assertion-1")
    return root


RELATIVES: dict[Callable[[Element], Element], str] = {
    replaced_attribute: "signature",
    comment_in_text: "malformed_message",
    processing_instruction: "malformed_message",
    no_signature: "unsigned",
    signature_over_the_subject: "signature",
    empty_reference: "signature",
    two_references: "signature",
    filtered: "signature",
    second_signature: "malformed_message",
    id_of_xml: "malformed_message",
}


@pytest.mark.parametrize("change", RELATIVES)
def test_a_changed_assertion_signs_nobody_in(
    portal: Portal, browser_at_corp: Browser, change: Callable[[Element], Element]
) -> None:
    said = replace(browser_at_corp.said(), attributes=MALLORY)
    assert reason(browser_at_corp.arrive(change(portal.idp.signed(said)))) == RELATIVES[change]


def test_a_response_that_is_signed_while_its_assertion_is_not_is_refused(
    portal: Portal, browser_at_corp: Browser
) -> None:
    root = parse(response(browser_at_corp.said()))
    sign(root, portal.idp.hand)
    event = refused(browser_at_corp.arrive(root))
    assert event.details["reason"] == "unsigned"


def test_a_broken_signature_of_the_response_is_not_made_good_by_the_assertions(
    portal: Portal, browser_at_corp: Browser
) -> None:
    root = portal.idp.signed(browser_at_corp.said())
    sign(root, portal.idp.hand)
    root.set("IssueInstant", "2026-01-01T00:00:00Z")
    assert reason(browser_at_corp.arrive(root)) == "signature"


HANDS = {
    "another key": (Hand(pair("mallory")), "signature"),
    "another key, with the true certificate": (Hand(pair("mallory"), key_info=pair("idp")), "signature"),
    "another provider's key": (Hand(pair("other-idp")), "signature"),
    "the provider's key for encryption": (Hand(pair("idp-encryption")), "signature"),
    "SHA-1": (Hand(pair("idp"), method=xmlsec.Transform.RSA_SHA1), "algorithm"),
    "SHA-1 as digest": (Hand(pair("idp"), digest=xmlsec.Transform.SHA1), "algorithm"),
    "inclusive canonicalisation": (Hand(pair("idp"), canonical=xmlsec.Transform.C14N), "algorithm"),
}


@pytest.mark.parametrize("name", HANDS)
def test_a_signature_of_the_wrong_hand_is_refused(portal: Portal, browser_at_corp: Browser, name: str) -> None:
    hand, expected = HANDS[name]
    event = refused(browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(), hand)))
    assert event.details["reason"] in {expected, "signature"}
    assert event.details["reason"] == expected or name == "inclusive canonicalisation"


def test_a_public_key_is_no_secret(portal: Portal, browser_at_corp: Browser) -> None:
    """An HMAC that was made with the certificate, which everybody has."""
    root = parse(response(browser_at_corp.said()))
    element = root.find("saml:Assertion", NS)
    node = xmlsec.template.create(element, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.HMAC_SHA256, ns="ds")
    reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri="#_assertion-1")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    element.insert(1, node)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, pair("idp").certificate.encode())
    context.register_id(element, "ID")
    context.sign(node)
    assert reason(browser_at_corp.arrive(root)) == "algorithm"


def test_a_second_assertion_in_advice_is_refused(portal: Portal, browser_at_corp: Browser) -> None:
    said = browser_at_corp.said()
    root = parse(response(said))
    advice = etree.Element(f"{SAML}Advice")
    advice.append(parse(assertion(replace(said, assertion_id="_inner"))))
    root.find("saml:Assertion/saml:Conditions", NS).addnext(advice)
    sign(root.find("saml:Assertion", NS), portal.idp.hand)
    assert reason(browser_at_corp.arrive(root)) == "malformed_message"
