"""XML from strangers: so long and no longer, in UTF-8, without a DTD, comments and processing instructions.

What cannot be read is refused in one way, whatever the cause. Comments are refused because a signature does not cover
them (exclusive canonicalisation leaves them out), while they cut a text in two for whoever reads it.
"""

import base64
import binascii
import re
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import onelogin.saml2
from lxml import etree

from accounts.refusals import Reason, SignInRefused

Element = Any  # lxml ships no types
MOST_NAMESPACES = 5000  # each is looked through at each element; 1,000 groups declare two each
LARGEST = 1_000_000  # bytes of XML; 300 groups make 50,000, encrypted 100,000
SCHEMAS = Path(onelogin.saml2.__file__).parent / "schemas"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
BLANKS = re.compile(r"[ \t\r\n]+")


def unreadable(detail: str) -> SignInRefused:
    return SignInRefused(Reason.MESSAGE, detail)


def name(prefix: str, tag: str) -> str:
    """Return a tag as lxml spells it: ``name("saml", "Assertion")``."""
    return f"{{{NS[prefix]}}}{tag}"


def decoded(text: str) -> bytes:
    """Return what the base64 text holds; line breaks are allowed (RFC 2045), other characters are not."""
    if len(text) > 2 * LARGEST:
        raise SignInRefused(Reason.TOO_LARGE, f"{len(text)} characters")
    try:
        return base64.b64decode(BLANKS.sub("", text), validate=True)
    except (binascii.Error, ValueError):
        raise unreadable("not base64") from None


def inflated(data: bytes) -> bytes:
    """Return the message of the Redirect binding (RFC 1951), giving up on one that grows without measure."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(data, LARGEST + 1)
    except zlib.error:
        raise unreadable("not deflated") from None
    if len(text) > LARGEST:
        raise SignInRefused(Reason.TOO_LARGE, "more than a megabyte inside")
    return text


def parsed(raw: bytes, *, comments: bool = False) -> Element:
    """Return the root of the document; ``comments`` leaves out comments rather than refusing them."""
    if len(raw) > LARGEST:
        raise SignInRefused(Reason.TOO_LARGE, f"{len(raw)} bytes")
    if raw.count(b"xmlns") > MOST_NAMESPACES:
        raise SignInRefused(Reason.TOO_LARGE, f"{raw.count(b'xmlns')} namespaces are declared")
    if DOCTYPE.search(raw):
        raise unreadable("has a document type")
    # The encoding is ours to say: in another one, the letters of a document type would not be found.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=comments,
        remove_pis=comments,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise unreadable("not well-formed XML") from None
    if root.xpath("//comment() | //processing-instruction()"):
        raise unreadable("has a comment or a processing instruction")
    return root


def alone(element: Element) -> Element:
    """Return a copy of the element as the root of its own document, with the namespaces that it stands in."""
    return parsed(etree.tostring(element, encoding="utf-8", with_tail=False))


def check_schema(root: Element, schema: str) -> None:
    """Hold the document against ``protocol``, ``assertion`` or ``metadata`` of SAML 2.0."""
    if not _schema(schema).validate(root):
        raise unreadable(f"not what the schema of SAML asks of a {schema}")


def text_of(element: Element) -> str:
    """Return the whole text of an element that holds nothing else, blanks included; raise SignInRefused for others."""
    if len(element):
        raise unreadable("an element where there should be text")
    return element.text or ""


@cache
def _schema(schema: str) -> Any:
    return etree.XMLSchema(etree.parse(SCHEMAS / f"saml-schema-{schema}-2.0.xsd"))
