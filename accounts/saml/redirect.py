"""The Redirect binding: a message in an address, signed over the octets of its query (SAML bindings, section 3.4)."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import Element, check_schema, decoded, inflated, parsed, unreadable
from accounts.saml.signature import verify_octets

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SIGNED = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
READ = {*SIGNED, "Signature"}


def address_with(url: str, kind: str, xml: str, *, key: str, relay_state: str = "") -> str:
    """Return the address that carries the message, a SAMLRequest or SAMLResponse; signed unless ``key`` is ""."""
    query = [(kind, base64.b64encode(deflated(xml.encode())).decode())]
    if relay_state:
        query.append(("RelayState", relay_state))
    if key:
        query.append(("SigAlg", RSA_SHA256))
        query.append(("Signature", base64.b64encode(_sign(urlencode(query), key)).decode()))
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


@dataclass(frozen=True)
class Carried:
    """A message that came in an address. ``octets`` are what its signature covers, encoded as the sender did."""

    xml: bytes
    relay_state: str | None
    octets: bytes
    method: str
    signature: bytes | None

    def root(self, certificates: Sequence[str]) -> Element:
        """Return the message; raise SignInRefused unless the sender signed it."""
        if self.signature is None:
            raise SignInRefused(Reason.UNSIGNED, "the message is not signed")
        verify_octets(self.octets, self.signature, self.method, certificates)
        found = parsed(self.xml)
        check_schema(found, "protocol")
        return found


def carried(query_string: str) -> Carried:
    """Read the query; each parameter counts once, so that what is verified and what is read are the same."""
    raw: dict[str, str] = {}
    for pair in query_string.split("&"):
        name, _, value = pair.partition("=")
        if name in raw:
            raise unreadable(f"{name} stands there twice")
        if name in READ:
            raw[name] = value
    kinds = [name for name in ("SAMLRequest", "SAMLResponse") if name in raw]
    if len(kinds) != 1:
        raise unreadable(f"{len(kinds)} SAML messages")
    values = {name: _unquoted(value) for name, value in raw.items()}
    return Carried(
        xml=inflated(decoded(values[kinds[0]])),
        relay_state=values.get("RelayState"),
        octets="&".join(f"{name}={raw[name]}" for name in SIGNED if name in raw).encode(),
        method=values.get("SigAlg", ""),
        signature=decoded(values["Signature"]) if "Signature" in raw else None,
    )


def _unquoted(value: str) -> str:
    try:
        return unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        raise unreadable("not UTF-8") from None


def _sign(query: str, key: str) -> bytes:
    made = load_pem_private_key(key.encode(), None)
    assert isinstance(made, RSAPrivateKey)  # noqa: S101  # the file's reader took no other
    return made.sign(query.encode(), PKCS1v15(), SHA256())
