"""The messages that this portal writes, by python3-saml: requests to sign in and out, and answers.

python3-saml fills texts into templates without escaping them, so whatever comes from a provider is escaped here first.
"""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.logout_response import OneLogin_Saml2_Logout_Response
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


def logout_request(provider: SamlProvider, idp: IdpMetadata, *, name_id: dict[str, str], session: str) -> Message:
    """Return a request to sign out; NameID, format and session must be those of the sign-in (AD FS: MSIS7084)."""
    request = OneLogin_Saml2_Logout_Request(
        settings(provider, idp),
        name_id=name_id["value"],
        session_index=escape(session),
        nq=name_id.get("name_qualifier"),
        name_id_format=name_id.get("format"),
        spnq=name_id.get("sp_name_qualifier"),
    )
    return Message(request.id, request.get_xml())


def logout_response(provider: SamlProvider, idp: IdpMetadata, *, in_response_to: str) -> Message:
    """Return the answer that the person is signed out here."""
    response = OneLogin_Saml2_Logout_Response(settings(provider, idp))
    response.build(escape(in_response_to, QUOTES), Constants.STATUS_SUCCESS)
    return Message(response.id, response.get_xml())


def settings(provider: SamlProvider, idp: IdpMetadata) -> Any:
    """Return python3-saml's settings. It signs nothing here: accounts.saml.redirect does, over what is really sent."""
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": our_side(provider),
            "idp": {
                "entityId": idp.entity_id,
                "singleSignOnService": {"url": escape(idp.sso_url, QUOTES), "binding": Constants.BINDING_HTTP_REDIRECT},
                "singleLogoutService": {
                    "url": escape(idp.slo_url, QUOTES),
                    "responseUrl": escape(idp.slo_response_url, QUOTES),
                    "binding": Constants.BINDING_HTTP_REDIRECT,
                },
                "x509cert": idp.certificates[0].pem,
            },
            "security": {"requestedAuthnContext": False, "allowSingleLabelDomains": True},
        }
    )


def our_side(provider: SamlProvider) -> dict[str, Any]:
    return {
        "entityId": ours.entity_id(provider),
        "assertionConsumerService": {"url": ours.address(provider, "acs"), "binding": Constants.BINDING_HTTP_POST},
        "singleLogoutService": {"url": ours.address(provider, "sls"), "binding": Constants.BINDING_HTTP_REDIRECT},
        "NameIDFormat": provider.name_id_format or Constants.NAMEID_UNSPECIFIED,
    }
