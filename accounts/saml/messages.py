"""The messages that this portal writes, by python3-saml: requests to sign in.

python3-saml fills texts into templates without escaping them, so whatever comes from a provider is escaped here first.
"""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.providers.declared import SamlProvider
from accounts.saml import ours
from accounts.saml.idp_metadata import IdpMetadata

QUOTES = {'"': "&quot;"}


@dataclass(frozen=True)
class Message:
    id: str
    xml: str


def authn_request(provider: SamlProvider, idp: IdpMetadata, *, force: bool) -> Message:
    """Return a request to sign in. It asks for no authentication context: one breaks Windows sign-in at AD FS."""
    request = OneLogin_Saml2_Authn_Request(
        settings(provider, idp), force_authn=force, set_nameid_policy=bool(provider.name_id_format)
    )
    return Message(request.get_id(), request.get_xml())


def settings(provider: SamlProvider, idp: IdpMetadata) -> Any:
    """Return python3-saml's settings. It signs nothing here: accounts.saml.redirect does, over what is really sent."""
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": our_side(provider),
            "idp": {
                "entityId": idp.entity_id,
                "singleSignOnService": {"url": escape(idp.sso_url, QUOTES), "binding": Constants.BINDING_HTTP_REDIRECT},
                "x509cert": idp.certificates[0].pem,
            },
            "security": {"requestedAuthnContext": False, "allowSingleLabelDomains": True},
        }
    )


def our_side(provider: SamlProvider) -> dict[str, Any]:
    return {
        "entityId": ours.entity_id(provider),
        "assertionConsumerService": {"url": ours.address(provider, "acs"), "binding": Constants.BINDING_HTTP_POST},
        "NameIDFormat": provider.name_id_format or Constants.NAMEID_UNSPECIFIED,
    }
