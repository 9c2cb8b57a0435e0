"""Is a signature of the one shape that SAML knows? Held before a library acts on it (SAML core, section 5.4).

XML Signature is a small language: objects, manifests and transforms make a verifier open files, fetch addresses and run
programs, all before it knows who wrote them. So every element and attribute of SignedInfo is on a list here, and beside
SignedInfo only a value and a hint of the key may stand. The hint is not handed on: keys come from metadata alone.
"""

import base64
import binascii
from dataclasses import dataclass

import xmlsec
from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import NS, Element, alone, name

# SHA-1 and HMAC are not here, and so are refused: the first is broken, the second would take a public key for a secret.
METHODS = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": xmlsec.Transform.RSA_SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": xmlsec.Transform.RSA_SHA384,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": xmlsec.Transform.RSA_SHA512,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": xmlsec.Transform.ECDSA_SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": xmlsec.Transform.ECDSA_SHA384,
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": xmlsec.Transform.ECDSA_SHA512,
}
DIGESTS = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CANONICAL = frozenset({EXCLUSIVE, f"{EXCLUSIVE}WithComments"})
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
PREFIXES = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
MOST_PREFIXES = 32  # each is looked up at each element
LONGEST_VALUE = 8192  # characters; RSA of 16,384 bits makes 2,732


@dataclass(frozen=True)
class Form:
    """A judged signature: ``octets`` are SignedInfo as it was signed, ``value`` is what signs them."""

    octets: bytes
    value: bytes
    method: str
    bare: Element


def judged(root: Element, signature: Element) -> Form:
    """Return the signature of the root with nothing in it but what was judged; raise SignInRefused."""
    parts = [item for item in signature if item.tag != name("ds", "KeyInfo")]
    if [item.tag for item in parts] != [name("ds", "SignedInfo"), name("ds", "SignatureValue")]:
        raise _foreign("Signature")
    info, value = parts
    _check_reference(root, info)
    _check_algorithms(info)
    _check_info(info)
    method = info.find("ds:SignatureMethod", NS).get("Algorithm")
    return Form(_canonical(info), _octets_of(value), method, _bare(signature))


def _foreign(tag: str) -> SignInRefused:
    return SignInRefused(Reason.SIGNATURE, f"something in {tag} that SAML's signatures have not")


def _check_reference(root: Element, info: Element) -> None:
    """One reference, to the root by its ID; no more transforms than SAML knows (5.4.4)."""
    references = info.findall("ds:Reference", NS)
    identity = root.get("ID")
    if len(references) != 1 or not identity or references[0].get("URI") != f"#{identity}":
        raise SignInRefused(Reason.SIGNATURE, f"it signs something else than the {tag_of(root)}")
    transforms = _algorithms(references[0], "Transforms/ds:Transform")
    if len(transforms) > 2 or transforms[:1] != [ENVELOPED] or not CANONICAL.issuperset(transforms[1:]):
        raise SignInRefused(Reason.SIGNATURE, "transforms other than SAML's two")


def _check_algorithms(info: Element) -> None:
    for path, allowed in (
        ("CanonicalizationMethod", CANONICAL),
        ("SignatureMethod", frozenset(METHODS)),
        ("Reference/ds:DigestMethod", DIGESTS),
    ):
        found = _algorithms(info, path)
        if len(found) != 1 or found[0] not in allowed:
            raise SignInRefused(Reason.ALGORITHM, f"{path.rpartition(':')[2]} is not one that is allowed")


def _algorithms(element: Element, path: str) -> list[str]:
    return [item.get("Algorithm", "") for item in element.findall(f"ds:{path}", NS)]


def _check_info(info: Element) -> None:
    """Hold SignedInfo against the list of what may stand in it, to the last child and attribute."""
    reference = info.find("ds:Reference", NS)
    _holds(info, {"Id"}, ["CanonicalizationMethod", "SignatureMethod", "Reference"])
    _holds(reference, {"Id", "URI", "Type"}, ["Transforms", "DigestMethod", "DigestValue"])
    transforms = reference.find("ds:Transforms", NS)
    _holds(transforms, set(), ["Transform"] * len(transforms))
    for leaf in (info.find("ds:SignatureMethod", NS), reference.find("ds:DigestMethod", NS), transforms[0]):
        _holds(leaf, {"Algorithm"}, [])
    _holds(reference.find("ds:DigestValue", NS), set(), [], text=True)
    for canonical in (info.find("ds:CanonicalizationMethod", NS), *transforms[1:]):
        _check_prefixes(canonical)


def _holds(element: Element, attributes: set[str], children: list[str], *, text: bool = False) -> None:
    texts = [element.text, *(child.tail for child in element)]
    if (
        not set(element.attrib) <= attributes
        or [child.tag for child in element] != [name("ds", tag) for tag in children]
        or (not text and any((found or "").strip() for found in texts))
    ):
        raise _foreign(tag_of(element))


def _check_prefixes(canonical: Element) -> None:
    """A method of canonicalisation holds nothing, or one short list of prefixes."""
    for item in canonical:
        if item.tag != PREFIXES or set(item.attrib) != {"PrefixList"} or len(item) or (item.text or "").strip():
            raise _foreign(tag_of(canonical))
    if len(canonical) > 1 or set(canonical.attrib) != {"Algorithm"} or len(_prefixes(canonical)) > MOST_PREFIXES:
        raise _foreign(tag_of(canonical))


def _prefixes(canonical: Element) -> list[str]:
    return [prefix for item in canonical for prefix in item.get("PrefixList", "").split()]


def _canonical(info: Element) -> bytes:
    method = info.find("ds:CanonicalizationMethod", NS)
    return bytes(
        etree.tostring(
            alone(info),
            method="c14n",
            exclusive=True,
            with_comments=method.get("Algorithm") != EXCLUSIVE,
            inclusive_ns_prefixes=_prefixes(method) or None,
        )
    )


def _octets_of(value: Element) -> bytes:
    text = "".join((value.text or "").split())
    try:
        if not len(value) and 0 < len(text) <= LONGEST_VALUE:
            return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise _foreign("SignatureValue")


def _bare(signature: Element) -> Element:
    """Put a signature of SignedInfo and value alone, without attributes, in this one's place, and return it."""
    made = etree.Element(signature.tag, nsmap=signature.nsmap)
    for tag in ("SignedInfo", "SignatureValue"):
        made.append(signature.find(f"ds:{tag}", NS))
    value = made[1]
    value.attrib.clear()
    made.tail = signature.tail  # what follows is signed with the root
    signature.getparent().replace(signature, made)
    return made


def tag_of(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
