"""The portal's own metadata for a provider, which its administrator imports (SAML metadata, section 2.4.4).

Each key says what it is for. One that does not would switch encryption on at AD FS, so there is an encryption key only
where the file asks for encrypted assertions. During a rollover the next certificate stands beside the present one.
"""

from onelogin.saml2.metadata import OneLogin_Saml2_Metadata

from accounts.providers.declared import SamlProvider
from accounts.saml.messages import our_side

CONTENT_TYPE = "application/samlmetadata+xml"


def sp_metadata(provider: SamlProvider) -> bytes:
    """Return the document, signed where there is a key."""
    builder = OneLogin_Saml2_Metadata
    side = our_side(provider)
    # Without "valid until": an administrator imports this once, and AD FS would stop trusting it that day.
    text = builder.builder(side, provider.sign_requests, wsign=True, valid_until="", cache_duration="")
    text = builder.add_x509_key_descriptors(text, provider.next_sp_certificate, add_encryption=False)
    text = builder.add_x509_key_descriptors(text, provider.sp_certificate, provider.encrypt_assertions)
    if provider.sp_private_key:
        text = builder.sign_metadata(text, provider.sp_private_key, provider.sp_certificate)
    return text if isinstance(text, bytes) else str(text).encode()
