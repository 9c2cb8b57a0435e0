"""The portal's own metadata for a provider, which its administrator imports (SAML metadata, section 2.4.4).

Each key says what it is for. One that does not would switch encryption on at AD FS, so there is an encryption key only
where the file asks for encrypted assertions. During a rollover the next certificate stands beside the present one.
"""

from lxml import etree
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata

from accounts.providers.declared import SamlProvider
from accounts.saml import ours
from accounts.saml.documents import name
from accounts.saml.messages import our_side

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
CONTENT_TYPE = "application/samlmetadata+xml"


def sp_metadata(provider: SamlProvider) -> bytes:
    """Return the document, signed where there is a key."""
    builder = OneLogin_Saml2_Metadata
    side = our_side(provider)
    if not provider.sp_private_key:
        del side["singleLogoutService"]  # logout messages must be signed, ours as well
    # Without "valid until": an administrator imports this once, and AD FS would stop trusting it that day.
    text = builder.builder(side, provider.sign_requests, wsign=True, valid_until="", cache_duration="")
    text = builder.add_x509_key_descriptors(text, provider.next_sp_certificate, add_encryption=False)
    text = builder.add_x509_key_descriptors(text, provider.sp_certificate, provider.encrypt_assertions)
    document = _with_logout_by_post(provider, text)
    if not provider.sp_private_key:
        return document
    signed = builder.sign_metadata(document.decode(), provider.sp_private_key, provider.sp_certificate)
    return signed if isinstance(signed, bytes) else str(signed).encode()


def _with_logout_by_post(provider: SamlProvider, text: str | bytes) -> bytes:
    """Offer single logout by POST as well; python3-saml's template holds one address alone."""
    root = etree.fromstring(text.encode() if isinstance(text, str) else text)
    for service in root.iter(name("md", "SingleLogoutService")):
        other = etree.Element(service.tag, Binding=POST, Location=ours.address(provider, "sls"))
        service.addnext(other)
        break
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))
