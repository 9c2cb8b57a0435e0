"""Is this element signed by the provider, and what exactly did it sign? (XML Signature; SAML core, section 5.4)

An element is taken out of its document before anything is verified: alone, as the root of a document of its own, its
signature must be its own child and refer to it, and what is returned is that very element without the signature.
Whoever reads on reads what was signed and nothing that stood around it, which is all that signature wrapping lives on.
Keys come from the provider's metadata; a certificate inside the message is not looked at.
"""

from collections.abc import Sequence
from typing import Any

import xmlsec

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
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
}
CANONICAL = {
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
}
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
SIGNATURE = name("ds", "Signature")


def is_signed(element: Element) -> bool:
    """Tell whether the element has a signature of its own; nothing is verified."""
    return element.find(SIGNATURE) is not None


def verified(element: Element, certificates: Sequence[str]) -> Element:
    """Return the element, alone and without its signature, as one of the certificates (PEM) signed it.

    Raise SignInRefused: ``unsigned``, ``algorithm``, ``signature``.
    """
    root = alone(element)
    signature = _own_signature(root)
    _check_form(root, signature)
    _check_algorithms(signature)
    if not any(_fits(root, signature, certificate) for certificate in certificates):
        raise SignInRefused(Reason.SIGNATURE, f"none of {len(certificates)} published keys made it")
    root.remove(signature)
    return root


def verify_octets(octets: bytes, signature: bytes, method: str, certificates: Sequence[str]) -> None:
    """Check the signature of the Redirect binding (SAML bindings, section 3.4.4.1); raise SignInRefused."""
    if method not in METHODS:
        raise SignInRefused(Reason.ALGORITHM, "a signature method that is not allowed")
    if not any(_fits_octets(octets, signature, METHODS[method], certificate) for certificate in certificates):
        raise SignInRefused(Reason.SIGNATURE, f"none of {len(certificates)} published keys made it")


def _own_signature(root: Element) -> Element:
    own, all_of_them = root.findall(SIGNATURE), root.findall(f".//{SIGNATURE}")
    # A response that is signed too holds its assertions with theirs, each verified in its turn.
    inner = root.findall("saml:Assertion/ds:Signature", NS) if root.tag == name("samlp", "Response") else []
    if not all_of_them:
        raise SignInRefused(Reason.UNSIGNED, f"the {_tag(root)} is not signed")
    if len(own) != 1 or len(all_of_them) != 1 + len(inner):
        raise SignInRefused(Reason.SIGNATURE, f"{len(all_of_them)} signatures, {len(own)} of the {_tag(root)} itself")
    return own[0]


def _check_form(root: Element, signature: Element) -> None:
    """One reference, to the root by its ID, which nothing else carries; no more transforms than SAML knows (5.4.4)."""
    references = signature.findall("ds:SignedInfo/ds:Reference", NS)
    identity = root.get("ID")
    if len(references) != 1 or not identity or references[0].get("URI") != f"#{identity}":
        raise SignInRefused(Reason.SIGNATURE, f"it signs something else than the {_tag(root)}")
    same = sum(identity in (value.strip() for value in item.attrib.values()) for item in root.iter() if _has_id(item))
    if same != 1:
        raise SignInRefused(Reason.SIGNATURE, f"{same} elements are called by the same ID")
    transforms = [item.get("Algorithm") for item in references[0].findall("ds:Transforms/ds:Transform", NS)]
    if len(transforms) > 2 or transforms[:1] != [ENVELOPED] or not set(transforms[1:]) <= CANONICAL:
        raise SignInRefused(Reason.SIGNATURE, "transforms other than SAML's two")


def _has_id(item: Element) -> bool:
    return any(key.lower() == "id" or key == XML_ID for key in item.attrib)


def _check_algorithms(signature: Element) -> None:
    for path, allowed in (
        ("ds:SignedInfo/ds:CanonicalizationMethod", CANONICAL),
        ("ds:SignedInfo/ds:SignatureMethod", set(METHODS)),
        ("ds:SignedInfo/ds:Reference/ds:DigestMethod", DIGESTS),
    ):
        found = [item.get("Algorithm") for item in signature.findall(path, NS)]
        if len(found) != 1 or found[0] not in allowed:
            raise SignInRefused(Reason.ALGORITHM, f"{path.rpartition(':')[2]} is not one that is allowed")


def _fits(root: Element, signature: Element, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    context.key = _key(certificate)  # set here, so that xmlsec does not read KeyInfo at all
    context.register_id(root, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _fits_octets(octets: bytes, signature: bytes, method: Any, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    context.key = _key(certificate)
    try:
        context.verify_binary(octets, method, signature)
    except xmlsec.Error:
        return False
    return True


def _key(certificate: str) -> Any:
    return xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)


def _tag(root: Element) -> str:
    return str(root.tag).rpartition("}")[2]
