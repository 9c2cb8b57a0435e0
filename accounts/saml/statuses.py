"""What a provider's status says when it is not Success (SAML core, section 3.2.2.2)."""

from accounts.refusals import Reason, SignInRefused
from accounts.saml.documents import NS, Element

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = f"{STATUS}Success"
# The second, inner code says more than the first; the first alone says whose fault it was.
REASONS = {
    "AuthnFailed": Reason.AUTHN_FAILED,
    "UnknownPrincipal": Reason.AUTHN_FAILED,
    "RequestDenied": Reason.CANCELLED,
    "NoPassive": Reason.NO_PASSIVE,
    "InvalidNameIDPolicy": Reason.NAME_ID_POLICY,
    "NoAuthnContext": Reason.AUTHN_CONTEXT,
    "RequestUnsupported": Reason.REQUEST,
    "UnsupportedBinding": Reason.REQUEST,
    "Requester": Reason.REQUEST,
    "VersionMismatch": Reason.REQUEST,
    "Responder": Reason.PROVIDER_ERROR,
}


def check(response: Element) -> None:
    """Raise SignInRefused for everything but Success; of the provider's words only the known codes are kept."""
    codes = [item.get("Value", "") for item in response.iterfind("samlp:Status//samlp:StatusCode", NS)]
    if codes[:1] == [SUCCESS]:
        return
    known = [code.removeprefix(STATUS) for code in codes if code.removeprefix(STATUS) in REASONS]
    reason = REASONS[known[-1]] if known else Reason.PROVIDER_ERROR
    raise SignInRefused(reason, f"status: {'/'.join(known) or 'an unusual code'}")
