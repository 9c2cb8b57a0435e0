"""Each guard of the signature by itself, without the schema in front of it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import xmlsec
from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml.signature import verified, verify_octets
from accounts.saml.signature_form import EXCLUSIVE, METHODS
from tests.accounts.saml.idp import DECLARED, NS, Element, Hand, pair, parse, sign, text_of

KEYS = (pair("another").certificate, pair("idp").certificate)
DS = f"{{{NS['ds']}}}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def signed(content: str = "<saml:Issuer>i</saml:Issuer>", hand: Hand | None = None) -> Element:
    root = parse(f'<saml:Assertion {DECLARED} ID="_a">{content}</saml:Assertion>')
    sign(root, hand or Hand(pair("idp")))
    return parse(text_of(root))


def refusal(root: Element) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        verified(root, KEYS)
    return caught.value.reason


def test_what_is_returned_is_the_element_without_its_signature() -> None:
    root = parse(f"<x>before{text_of(signed())}after</x>")
    found = verified(root[0], KEYS)
    assert (found.getparent(), [child.tag for child in found]) == (None, [f"{{{NS['saml']}}}Issuer"])


def test_an_expired_certificate_that_is_published_is_a_key() -> None:
    old = pair("expired", days=-100)
    assert verified(signed(hand=Hand(old)), [old.certificate]).tag.endswith("Assertion")


@pytest.mark.parametrize("method", ["RSA_SHA256", "RSA_SHA384", "RSA_SHA512"])
@pytest.mark.parametrize("digest", ["SHA256", "SHA384", "SHA512"])
def test_the_methods_of_today_are_taken(method: str, digest: str) -> None:
    hand = Hand(pair("idp"), getattr(xmlsec.Transform, method), getattr(xmlsec.Transform, digest))
    assert verified(signed(hand=hand), KEYS).get("ID") == "_a"


def test_prefixes_of_values_may_be_declared_further_out() -> None:
    """Namespaces that only a text uses count where the signature names them, wherever they were declared."""
    inside = f'<saml:Assertion {DECLARED} ID="_a">xs:string</saml:Assertion>'
    root = parse(f'<x xmlns:xs="http://www.w3.org/2001/XMLSchema">{inside}</x>')
    sign(root[0], Hand(pair("idp"), prefixes=("xs",)))
    assert verified(parse(text_of(root))[0], KEYS).text == "xs:string"


def nested(root: Element) -> None:
    """The signature stands deeper, in a child that it does not sign."""
    child = etree.SubElement(root, "child")
    child.append(root.find("ds:Signature", NS))


def second(root: Element) -> None:
    signature = root.find("ds:Signature", NS)
    signature.addnext(copy.deepcopy(signature))


def inner(root: Element) -> None:
    etree.SubElement(root, "child").append(copy.deepcopy(root.find("ds:Signature", NS)))


def reference(root: Element) -> Element:
    return root.find(".//ds:Reference", NS)


def other_reference(root: Element) -> None:
    reference(root).set("URI", "#_b")
    etree.SubElement(root, "child", ID="_b")


def whole_document(root: Element) -> None:
    reference(root).set("URI", "")


def without_address(root: Element) -> None:
    del reference(root).attrib["URI"]


def two_references(root: Element) -> None:
    reference(root).addnext(copy.deepcopy(reference(root)))


def without_id(root: Element) -> None:
    del root.attrib["ID"]


def same_id(name: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        etree.SubElement(root, "child").set(name, "_a")

    return change


def transform(algorithm: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        root.findall(".//ds:Transform", NS)[1].set("Algorithm", algorithm)

    return change


def no_transforms(root: Element) -> None:
    reference(root).remove(root.find(".//ds:Transforms", NS))


def third_transform(root: Element) -> None:
    root.find(".//ds:Transforms", NS).append(copy.deepcopy(root.findall(".//ds:Transform", NS)[1]))


def no_signature(root: Element) -> None:
    root.remove(root.find("ds:Signature", NS))


def algorithm(tag: str, value: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        root.find(f".//ds:{tag}", NS).set("Algorithm", value)

    return change


def changed(root: Element) -> None:
    root.find("saml:Issuer", NS).text = "another"


def added(root: Element) -> None:
    etree.SubElement(root, "child")


xslt = transform("http://www.w3.org/TR/1999/REC-xslt-19991116")
CHANGES: list[tuple[Callable[[Element], None], Reason]] = [
    (no_signature, Reason.UNSIGNED),
    (nested, Reason.SIGNATURE),
    (second, Reason.SIGNATURE),
    (inner, Reason.SIGNATURE),
    (other_reference, Reason.SIGNATURE),
    (whole_document, Reason.SIGNATURE),
    (without_address, Reason.SIGNATURE),
    (two_references, Reason.SIGNATURE),
    (without_id, Reason.SIGNATURE),
    (same_id("ID"), Reason.SIGNATURE),
    (same_id("Id"), Reason.SIGNATURE),
    (same_id(XML_ID), Reason.SIGNATURE),
    (xslt, Reason.SIGNATURE),
    (transform("http://www.w3.org/TR/1999/REC-xpath-19991116"), Reason.SIGNATURE),
    (transform("http://www.w3.org/2000/09/xmldsig#base64"), Reason.SIGNATURE),
    (no_transforms, Reason.SIGNATURE),
    (third_transform, Reason.SIGNATURE),
    (changed, Reason.SIGNATURE),
    (added, Reason.SIGNATURE),
    (algorithm("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), Reason.ALGORITHM),
    (algorithm("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"), Reason.ALGORITHM),
    (algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), Reason.ALGORITHM),
    (algorithm("SignatureMethod", ""), Reason.ALGORITHM),
    (algorithm("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"), Reason.ALGORITHM),
    (algorithm("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), Reason.ALGORITHM),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_each_guard_holds_by_itself(change: Callable[[Element], None], reason: Reason) -> None:
    root = signed()
    change(root)
    assert refusal(parse(text_of(root))) == reason


# What the guard says, so that one that fell would not hide behind another.
SAYS = {
    nested: "1 signatures, 0 of the Assertion itself",
    second: "2 signatures, 2 of the Assertion itself",
    inner: "2 signatures, 1 of the Assertion itself",
    other_reference: "it signs something else than the Assertion",
    whole_document: "it signs something else than the Assertion",
    two_references: "it signs something else than the Assertion",
    xslt: "transforms other than SAML's two",
    no_transforms: "transforms other than SAML's two",
    third_transform: "transforms other than SAML's two",
    changed: "none of 2 published keys made it",
}


@pytest.mark.parametrize("change", SAYS)
def test_each_guard_says_what_it_held(change: Any) -> None:
    root = signed()
    change(root)
    with pytest.raises(SignInRefused, match=SAYS[change]):
        verified(parse(text_of(root)), KEYS)


@pytest.mark.parametrize("name", ["ID", "Id", "id", XML_ID])
def test_one_element_alone_is_called_by_the_id(name: str) -> None:
    root = signed()
    etree.SubElement(root, "child").set(name, "_a")
    with pytest.raises(SignInRefused, match="2 elements are called by the same ID"):
        verified(root, KEYS)


def test_no_published_key_is_no_signature() -> None:
    with pytest.raises(SignInRefused, match="none of 0 published keys"):
        verified(signed(), [])


def test_octets_are_verified_by_the_named_method_alone() -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair("idp").key, xmlsec.KeyFormat.PEM)
    made = context.sign_binary(b"octets", xmlsec.Transform.RSA_SHA256)
    sha256, sha512 = (name for name in METHODS if name.endswith(("#rsa-sha256", "#rsa-sha512")))
    verify_octets(b"octets", made, sha256, KEYS)
    for octets, method in ((b"others", sha256), (b"octets", sha512), (b"octets", ""), (b"octets", "x")):
        with pytest.raises(SignInRefused):
            verify_octets(octets, made, method, KEYS)


# Every place of a signature that may hold only what is listed, and everything else right.
INFO, REFERENCE = "ds:SignedInfo", "ds:SignedInfo/ds:Reference"
METHODS_AT = {
    "CanonicalizationMethod": f"{INFO}/ds:CanonicalizationMethod",
    "SignatureMethod": f"{INFO}/ds:SignatureMethod",
    "DigestMethod": f"{REFERENCE}/ds:DigestMethod",
    "Transform": f"{REFERENCE}/ds:Transforms/ds:Transform[1]",
    "Transform 2": f"{REFERENCE}/ds:Transforms/ds:Transform[2]",
}
PLACES = {
    **METHODS_AT,
    "SignedInfo": INFO,
    "Reference": REFERENCE,
    "Transforms": f"{REFERENCE}/ds:Transforms",
    "DigestValue": f"{REFERENCE}/ds:DigestValue",
}


def at(root: Element, path: str) -> Element:
    return root.find(f"ds:Signature/{path}", NS)


def says(root: Element) -> str:
    with pytest.raises(SignInRefused) as caught:
        verified(parse(text_of(root)), KEYS)
    assert caught.value.reason is Reason.SIGNATURE
    return caught.value.detail


@pytest.mark.parametrize("place", PLACES)
def test_no_place_holds_an_attribute_more(place: str) -> None:
    root = signed()
    at(root, PLACES[place]).set("more", "x")
    assert says(root) == f"something in {place.split()[0]} that SAML's signatures have not"


@pytest.mark.parametrize("place", PLACES)
def test_no_place_holds_a_child_more(place: str) -> None:
    root = signed()
    etree.SubElement(at(root, PLACES[place]), "{urn:x}x")
    assert says(root) == f"something in {place.split()[0]} that SAML's signatures have not"


@pytest.mark.parametrize(
    "place", ["SignedInfo", "Reference", "Transforms", "Transform", "SignatureMethod", "DigestMethod"]
)
def test_no_place_holds_text(place: str) -> None:
    root = signed()
    at(root, PLACES[place]).text = "x"
    assert says(root) == f"something in {place} that SAML's signatures have not"


@pytest.mark.parametrize("place", ["CanonicalizationMethod", "Transform 2"])
def test_a_list_of_prefixes_is_a_list_and_nothing_else(place: str) -> None:
    for change in (prefixes(33), prefixes(1, more="y"), prefixes(1, text="x"), prefixes(1, child=True)):
        root = signed()
        at(root, PLACES[place]).append(change)
        assert says(root) == f"something in {place.split()[0]} that SAML's signatures have not"


def prefixes(number: int, *, more: str = "", text: str = "", child: bool = False) -> Element:
    made = etree.Element(f"{{{EXCLUSIVE}}}InclusiveNamespaces", PrefixList=" ".join(f"p{n}" for n in range(number)))
    made.text = text
    if more:
        made.set("More", more)
    if child:
        etree.SubElement(made, "x")
    return made


def test_so_many_prefixes_may_be_named() -> None:
    hand = Hand(pair("idp"), prefixes=tuple(f"p{n}" for n in range(32)))
    assert verified(signed(hand=hand), KEYS).get("ID") == "_a"


@pytest.mark.parametrize(("length", "said"), [(8192, "none of 2 published keys made it"), (8196, "something in Sig")])
def test_a_value_is_so_long_and_no_longer(length: int, said: str) -> None:
    root = signed()
    at(root, "ds:SignatureValue").text = "A" * length
    assert says(root)[: len(said)] == said


@pytest.mark.parametrize("text", ["", " \n ", "%", "AAA"])
def test_a_value_is_base64(text: str) -> None:
    root = signed()
    at(root, "ds:SignatureValue").text = text
    assert says(root) == "something in SignatureValue that SAML's signatures have not"


def test_a_reference_to_nothing_means_no_root() -> None:
    """Neither an empty ID nor a missing one is a name that a reference could mean."""
    for identity in ("", None):
        root = signed()
        reference(root).set("URI", "#" if identity == "" else "#None")
        root.attrib.pop("ID")
        if identity is not None:
            root.set("ID", identity)
        assert says(root) == "it signs something else than the Assertion"
