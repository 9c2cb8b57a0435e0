"""Open an encrypted assertion with one of our keys (XML Encryption; SAML core, section 6).

Only what is needed is handed to the library: the cipher texts and the names of two algorithms, in a fresh element of
our own making. References to elsewhere, which a message may hold, are thereby out of reach. RSA 1.5 and Triple DES are
not taken: the first can be asked until it tells, the second is too short. What comes out must be signed like any
other assertion, and a failure to decrypt looks to the sender like any other failure.
"""

from collections.abc import Sequence

import xmlsec
from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import NS, Element, name, parsed

XENC11 = "http://www.w3.org/2009/xmlenc11#"
BLOCK = {
    *(f"{NS['xenc']}aes{bits}-cbc" for bits in (128, 192, 256)),
    *(f"{XENC11}aes{bits}-gcm" for bits in (128, 192, 256)),
}
TRANSPORT = {f"{NS['xenc']}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep"}
# The digest and the mask of OAEP; SHA-1 is no weakness there, and what most providers still send.
OAEP = {
    name("ds", "DigestMethod"): {f"{NS['ds']}sha1", f"{NS['xenc']}sha256", f"{NS['xenc']}sha512"},
    f"{{{XENC11}}}MGF": {f"{XENC11}mgf1sha{bits}" for bits in (1, 224, 256, 384, 512)},
}


def undecryptable(detail: str) -> SignInRefused:
    return SignInRefused(Reason.DECRYPTION, detail)


def decrypted(wrapper: Element, keys: Sequence[str]) -> Element:
    """Return the element inside an ``EncryptedAssertion`` or ``EncryptedID``; raise SignInRefused."""
    if not keys:
        raise undecryptable("encrypted, and no private key is configured here")
    data, key = _only(wrapper, "EncryptedData"), _only(wrapper, "EncryptedKey")
    _check(data, BLOCK)
    _check(key, TRANSPORT)
    for pem in keys:
        text = _try(_rebuilt(data, key), pem)
        if text is not None:
            return parsed(text)
    raise undecryptable(f"none of {len(keys)} private keys opens it")


def _only(wrapper: Element, tag: str) -> Element:
    found = list(wrapper.iter(name("xenc", tag)))
    if len(found) != 1:
        raise undecryptable(f"{len(found)} elements {tag}")
    return found[0]


def _check(element: Element, allowed: set[str]) -> None:
    method = element.find("xenc:EncryptionMethod", NS)
    if method is None or method.get("Algorithm") not in allowed:
        raise SignInRefused(Reason.ALGORITHM, "encrypted by a method that is not allowed")
    if element.find("xenc:CipherData/xenc:CipherValue", NS) is None:
        raise undecryptable("no cipher text inside")


def _rebuilt(data: Element, key: Element) -> Element:
    """Return EncryptedData with the EncryptedKey in it, both with method and cipher text and nothing else.

    Without a Type, so that the library hands out octets instead of parsing what a stranger may have encrypted.
    """
    root = _bare(data)
    info = etree.Element(name("ds", "KeyInfo"))
    info.append(_bare(key))
    root.insert(1, info)
    return root


def _bare(element: Element) -> Element:
    made = etree.Element(element.tag, nsmap={"xenc": NS["xenc"], "ds": NS["ds"]})
    method = element.find("xenc:EncryptionMethod", NS)
    copy = etree.SubElement(made, method.tag, Algorithm=method.get("Algorithm"))
    for tag, allowed in OAEP.items():
        for child in method.findall(tag)[:1]:
            if child.get("Algorithm") not in allowed:
                raise SignInRefused(Reason.ALGORITHM, "encrypted by a method that is not allowed")
            etree.SubElement(copy, tag, Algorithm=child.get("Algorithm"))
    cipher = etree.SubElement(etree.SubElement(made, name("xenc", "CipherData")), name("xenc", "CipherValue"))
    cipher.text = element.findtext("xenc:CipherData/xenc:CipherValue", namespaces=NS)
    return made


def _try(data: Element, pem: str) -> bytes | None:
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM))
    try:
        return bytes(xmlsec.EncryptionContext(manager).decrypt(data))
    except xmlsec.Error:
        return None
