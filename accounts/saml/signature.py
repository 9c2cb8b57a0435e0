"""Is this element signed by the provider, and what exactly did it sign? (XML Signature; SAML core, section 5.4)

An element is taken out of its document before anything is verified: alone, as the root of a document of its own, its
signature must be its own child and refer to it, and what is returned is that very element without the signature.
Whoever reads on reads what was signed and nothing that stood around it, which is all that signature wrapping lives on.
Keys come from the provider's metadata; a certificate inside the message is not looked at.

Nothing that a stranger wrote is acted on: the form is judged first, then the value over SignedInfo's octets. Only a
signature that one of the provider's keys made is followed to what it refers to, and only its judged parts are.
"""

from collections.abc import Sequence
from typing import Any

import xmlsec

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import NS, Element, alone, name
from accounts.saml.signature_form import METHODS, judged, tag_of

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
    form = judged(root, signature)
    _check_identity(root)
    signers = [key for key in certificates if _fits_octets(form.octets, form.value, form.method, key)]
    if not any(_fits(root, form.bare, key) for key in signers):
        raise _none_of(certificates)
    root.remove(form.bare)
    return root


def verify_octets(octets: bytes, signature: bytes, method: str, certificates: Sequence[str]) -> None:
    """Check the signature of the Redirect binding (SAML bindings, section 3.4.4.1); raise SignInRefused."""
    if method not in METHODS:
        raise SignInRefused(Reason.ALGORITHM, "a signature method that is not allowed")
    if not any(_fits_octets(octets, signature, method, certificate) for certificate in certificates):
        raise _none_of(certificates)


def _none_of(certificates: Sequence[str]) -> SignInRefused:
    return SignInRefused(Reason.SIGNATURE, f"none of {len(certificates)} published keys made it")


def _own_signature(root: Element) -> Element:
    own, all_of_them = root.findall(SIGNATURE), root.findall(f".//{SIGNATURE}")
    # A response that is signed too holds its assertions with theirs, each verified in its turn.
    inner = root.findall("saml:Assertion/ds:Signature", NS) if root.tag == name("samlp", "Response") else []
    if not all_of_them:
        raise SignInRefused(Reason.UNSIGNED, f"the {tag_of(root)} is not signed")
    if len(own) != 1 or len(all_of_them) != 1 + len(inner):
        raise SignInRefused(Reason.SIGNATURE, f"{len(all_of_them)} signatures, {len(own)} of the {tag_of(root)} itself")
    return own[0]


def _check_identity(root: Element) -> None:
    """Nothing else is called by the root's ID, so that a reference to it can only mean the root."""
    identity = root.get("ID")
    same = sum(identity in (value.strip() for value in item.attrib.values()) for item in root.iter() if _has_id(item))
    if same != 1:
        raise SignInRefused(Reason.SIGNATURE, f"{same} elements are called by the same ID")


def _has_id(item: Element) -> bool:
    return any(key.lower() == "id" or key == XML_ID for key in item.attrib)


def _fits(root: Element, signature: Element, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    context.key = _key(certificate)
    context.register_id(root, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _fits_octets(octets: bytes, signature: bytes, method: str, certificate: str) -> bool:
    context = xmlsec.SignatureContext()
    context.key = _key(certificate)
    try:
        context.verify_binary(octets, METHODS[method], signature)
    except xmlsec.Error:
        return False
    return True


def _key(certificate: str) -> Any:
    return xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)
