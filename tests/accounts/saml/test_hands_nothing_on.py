"""A stranger's message gives xmlsec nothing to do: at every door it is refused before the library is called."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import xmlsec
from django.test import Client
from lxml import etree

from audit.models import Event
from tests.accounts.conftest import Answer
from tests.accounts.saml.conftest import FORM, Browser, Portal
from tests.accounts.saml.idp import NS, Element, Hand, assertion, encoded, pair, parse, response, sign, text_of
from tests.accounts.saml.test_encryption import hidden
from tests.accounts.saml.test_logout import SLS, Asked, signed_query

pytestmark = pytest.mark.django_db

DS = f"{{{NS['ds']}}}"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
STYLE = (
    '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:include href="{}"/></x:stylesheet>'
)


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    """A file that hangs whoever opens it."""
    os.mkfifo(tmp_path / "fifo")
    return f"file://{tmp_path / 'fifo'}"


class Called(BaseException):
    """Nothing on the way catches it."""


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def __getattr__(self, name: str) -> Any:
            raise Called

    for module in ("signature", "decryption"):  # the test itself signs and encrypts
        monkeypatch.setattr(f"accounts.saml.{module}.xmlsec", Library())


def reference(uri: str, *transforms: str) -> Element:
    made = "".join(transforms)
    return parse(
        f'<ds:Reference xmlns:ds="{NS["ds"]}" URI="{uri}"><ds:Transforms>{made}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{NS["xenc"]}sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
    )


def transform(algorithm: str, inside: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def beside(made: Callable[[str], Element]) -> Callable[[Element, str], None]:
    """The signature holds one child more."""
    return lambda signature, uri: signature.append(made(uri))


def manifest(uri: str) -> Element:
    root = etree.Element(f"{DS}Object", nsmap={"ds": NS["ds"]})
    etree.SubElement(root, f"{DS}Manifest").append(reference(uri, transform(C14N)))
    return root


def bare_manifest(uri: str) -> Element:
    return manifest(uri)[0]


def foreign(uri: str) -> Element:
    return etree.Element("{urn:x}anything")


def program(algorithm: str, inside: str) -> Callable[[Element, str], None]:
    """The second transform of the one reference is a program."""

    def change(signature: Element, uri: str) -> None:
        transforms = signature.find(".//ds:Transforms", NS)
        transforms.remove(transforms[1])
        transforms.append(parse(f'<x xmlns:ds="{NS["ds"]}">{transform(algorithm, inside.format(uri))}</x>')[0])

    return change


def inside(path: str, made: str) -> Callable[[Element, str], None]:
    """An element of SignedInfo holds something that it may not."""

    def change(signature: Element, uri: str) -> None:
        found = signature.find(path, NS)
        found.extend(parse(f'<x xmlns:ds="{NS["ds"]}" xmlns:ec="{C14N}">{made}</x>'))

    return change


def prefixes(number: int) -> str:
    return f'<ec:InclusiveNamespaces PrefixList="{" ".join(f"p{n}" for n in range(number))}"/>'


def elsewhere(signature: Element, uri: str) -> None:
    signature.find(".//ds:Reference", NS).set("URI", uri)


INFO, LAST = "ds:SignedInfo", ".//ds:Transform[2]"
ATTACKS: dict[str, Callable[[Element, str], None]] = {
    "a manifest in an object": beside(manifest),
    "a manifest": beside(bare_manifest),
    "a foreign element": beside(foreign),
    "an object that is not empty": beside(lambda uri: parse(f'<ds:Object xmlns:ds="{NS["ds"]}"><x/></ds:Object>')),
    "XPath": program(XPATH, "<ds:XPath>count(//.|//@*|//namespace::*) = 1</ds:XPath>"),
    "XSLT": program(XSLT, STYLE),
    "a reference elsewhere": elsewhere,
    "a second reference": lambda signature, uri: signature.find(INFO, NS).append(reference(uri, transform(C14N))),
    "a program within canonicalisation": inside(f"{INFO}/ds:CanonicalizationMethod", "<ds:XPath>1</ds:XPath>"),
    "a length of HMAC": inside(f"{INFO}/ds:SignatureMethod", "<ds:HMACOutputLength>8</ds:HMACOutputLength>"),
    "a program within the enveloped transform": inside(".//ds:Transform", "<ds:XPath>1</ds:XPath>"),
    "a program within the last transform": inside(LAST, "<ds:XPath>1</ds:XPath>"),
    "two lists of prefixes": inside(LAST, prefixes(1) + prefixes(1)),
    "33 prefixes": inside(LAST, prefixes(33)),
    "parameters of the digest": inside(".//ds:DigestMethod", "<ds:x/>"),
    "an element in the digest": inside(".//ds:DigestValue", "<ds:x/>"),
    "an element in the value": inside("ds:SignatureValue", "<ds:x/>"),
    "an element in the reference": inside(".//ds:Reference", "<ds:x/>"),
    "an element in SignedInfo": inside(INFO, "<ds:x/>"),
    "text in SignedInfo": lambda signature, uri: setattr(signature.find(INFO, NS), "text", "x"),
    "an attribute more": lambda signature, uri: signature.find(".//ds:Transforms", NS).set("x", "y"),
    "no value": lambda signature, uri: setattr(signature.find("ds:SignatureValue", NS), "text", ""),
    "a value that is no base64": lambda signature, uri: setattr(signature.find("ds:SignatureValue", NS), "text", "%"),
    "a value without end": lambda signature, uri: setattr(signature.find("ds:SignatureValue", NS), "text", "A" * 8196),
}


def attacked(root: Element, attack: str, uri: str) -> Element:
    """Return the message signed by a true key and then changed, so that nothing but the change refuses it."""
    sign(root, Hand(pair("idp")))
    root = parse(text_of(root))
    ATTACKS[attack](root.find("ds:Signature", NS), uri)
    return parse(text_of(root))


def post(path: str, name: str, message: Element) -> Answer:
    return Client().post(path, urlencode({name: encoded(message)}), content_type=FORM)


def response_at_acs(browser: Browser, attack: str, uri: str) -> Answer:
    root = parse(response(browser.said()))
    return post("/accounts/saml/corp/acs/", "SAMLResponse", attacked(root, attack, uri))


def assertion_at_acs(browser: Browser, attack: str, uri: str) -> Answer:
    said = browser.said()
    inner = attacked(parse(assertion(said)), attack, uri)
    return post("/accounts/saml/corp/acs/", "SAMLResponse", parse(response(said, text_of(inner))))


def logout_by_post(browser: Browser, attack: str, uri: str) -> Answer:
    return post(SLS, "SAMLRequest", attacked(parse(Asked().xml()), attack, uri))


DOORS = (response_at_acs, assertion_at_acs, logout_by_post)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_a_plain_signature_reaches_the_library(
    browser_at_corp: Browser, no_library: None, fifo: str, door: Callable[[Browser, str, str], Answer], attack: str
) -> None:
    answer = door(browser_at_corp, attack, fifo)
    event = Event.objects.get()
    assert (answer.status_code, event.tag.endswith("refuse")) == (403, True)
    assert event.details["reason"] in {"signature", "malformed_message"}


def test_a_redirect_with_a_signature_inside_is_judged_by_its_address_alone(
    portal: Portal, browser_at_corp: Browser, fifo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Redirect binding signs the query; a signature inside the message is nothing to it, whoever signed."""
    followed: list[Element] = []
    monkeypatch.setattr("accounts.saml.signature._fits", lambda root, *rest: followed.append(root))
    xml = text_of(attacked(parse(Asked().xml()), "a manifest in an object", fifo))
    answers = [Client().get(f"{SLS}?{signed_query(xml, key=key)}") for key in ("mallory", "idp")]
    assert ([answer.status_code for answer in answers], followed) == ([403, 302], [])


@pytest.mark.parametrize("door", [*DOORS])
def test_a_plain_signature_of_a_stranger_is_not_followed(
    browser_at_corp: Browser, monkeypatch: pytest.MonkeyPatch, door: Callable[[Browser, str, str], Answer]
) -> None:
    """A true form by another hand: the value is verified over SignedInfo's octets, and its reference left alone."""
    followed: list[Element] = []
    monkeypatch.setattr("accounts.saml.signature._fits", lambda root, *rest: followed.append(root))
    monkeypatch.setitem(ATTACKS, "another hand", lambda signature, uri: resign(signature))
    answer = door(browser_at_corp, "another hand", "")
    assert (answer.status_code, Event.objects.get().details["reason"], followed) == (403, "signature", [])


def resign(signature: Element) -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair("mallory").key, xmlsec.KeyFormat.PEM)
    context.register_id(signature.getparent(), "ID")
    context.sign(signature)


HINTS = (
    '<ds:RetrievalMethod xmlns:ds="{ds}" URI="{uri}" Type="http://www.w3.org/2000/09/xmldsig#X509Data"/>',
    '<ds:KeyName xmlns:ds="{ds}">{uri}</ds:KeyName>',
    '<ds:X509Data xmlns:ds="{ds}"><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>',
)


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_of_the_key_is_not_handed_on(
    portal: Portal, browser_at_corp: Browser, fifo: str, monkeypatch: pytest.MonkeyPatch, hint: str
) -> None:
    """KeyInfo may hold what it likes: it stays out of what xmlsec gets, and the person signs in."""
    root = portal.idp.signed(browser_at_corp.said())
    info = root.find(".//ds:KeyInfo", NS)
    info.insert(0, parse(hint.format(ds=NS["ds"], uri=fifo)))
    given: list[list[str]] = []
    true = xmlsec.SignatureContext.verify

    class Watched(xmlsec.SignatureContext):
        def verify(self, node: Any) -> None:
            given.append([etree.QName(child).localname for child in node] + list(node.attrib))
            true(self, node)

    monkeypatch.setattr(xmlsec, "SignatureContext", Watched)
    assert browser_at_corp.arrive(parse(text_of(root))).status_code == 302
    assert given == [["SignedInfo", "SignatureValue"]]


def test_thirty_two_prefixes_are_taken(portal: Portal, browser_at_corp: Browser) -> None:
    said = browser_at_corp.said()
    names = tuple(f"p{n}" for n in range(32))
    declared = " ".join(f'xmlns:{name}="urn:{name}"' for name in names)
    root = parse(f"<x {declared}>{response(said)}</x>")[0]
    sign(root.find("saml:Assertion", NS), Hand(pair("idp"), prefixes=names))
    assert browser_at_corp.arrive(parse(text_of(root))).status_code == 302


def encrypted(portal: Portal, browser: Browser, change: Callable[[Element], None]) -> Element:
    portal.with_key()
    root = hidden(portal, portal.idp.signed(browser.said()))
    change(root)
    return parse(text_of(root))


def cipher_reference(path: str, uri: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        data = root.find(f"{path}/xenc:CipherData", NS)
        data.remove(data[0])
        etree.SubElement(data, f"{{{NS['xenc']}}}CipherReference", URI=uri)

    return change


@pytest.mark.parametrize("path", [".//xenc:EncryptedData", ".//xenc:EncryptedKey"])
def test_a_reference_in_place_of_a_cipher_text_does_not_reach_the_library(
    portal: Portal, browser_at_corp: Browser, no_library: None, fifo: str, path: str
) -> None:
    root = encrypted(portal, browser_at_corp, cipher_reference(path, fifo))
    assert browser_at_corp.arrive(root).status_code == 403
    assert Event.objects.get().details["reason"] == "decryption"


def test_what_is_decrypted_is_method_and_cipher_text_alone(
    portal: Portal, browser_at_corp: Browser, fifo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    class Watched(xmlsec.EncryptionContext):
        def decrypt(self, node: Any) -> Any:
            given.extend(etree.QName(item).localname for item in node.iter())
            given.extend(key for item in node.iter() for key in item.attrib)
            return super().decrypt(node)

    def change(root: Element) -> None:
        root.find(".//ds:KeyInfo", NS).insert(0, parse(HINTS[0].format(ds=NS["ds"], uri=fifo)))
        root.find(".//xenc:EncryptedData", NS).set("MimeType", "x")

    monkeypatch.setattr(xmlsec, "EncryptionContext", Watched)
    assert browser_at_corp.arrive(encrypted(portal, browser_at_corp, change)).status_code == 302
    half = ["EncryptionMethod", "CipherData", "CipherValue"]
    elements = ["EncryptedData", half[0], "KeyInfo", "EncryptedKey", half[0], *half[1:], *half[1:]]
    assert sorted(given) == sorted([*elements, *["Algorithm"] * 2])


def test_what_was_encrypted_is_parsed_by_our_own_parser(portal: Portal, browser_at_corp: Browser) -> None:
    """Anybody can encrypt for us. The library hands out octets, and a document type in them is refused like outside."""
    portal.with_key()
    data = parse(response(browser_at_corp.said(), "<saml:EncryptedAssertion/>"))
    secret = f'<!DOCTYPE x [<!ENTITY e "x">]>{assertion(browser_at_corp.said())}'.encode()
    data.find("saml:EncryptedAssertion", NS).append(sealed(secret))
    assert browser_at_corp.arrive(parse(text_of(data))).status_code == 403
    event = Event.objects.get()
    assert (event.details["reason"], event.details["detail"]) == ("malformed_message", "has a document type")


def sealed(secret: bytes) -> Element:
    """Return EncryptedData with octets of any kind in it, for the portal's key."""
    data = xmlsec.template.encrypted_data_create(parse("<x/>"), xmlsec.Transform.AES256_GCM, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    key = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pair("portal").certificate, xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    return parse(text_of(context.encrypt_binary(data, secret)))


@pytest.mark.parametrize(("number", "status"), [(4990, 403), (5001, 413)])
def test_namespaces_are_numbered(portal: Portal, browser_at_corp: Browser, number: int, status: int) -> None:
    names = " ".join(f'xmlns:n{index}="u"' for index in range(number))
    text = base64.b64encode(f"<x {names}/>".encode()).decode()
    assert browser_at_corp.post_raw({"SAMLResponse": text}).status_code == status
