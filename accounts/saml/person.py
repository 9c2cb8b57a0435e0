"""Who an assertion speaks of: from attributes and NameID to the identity that every protocol ends in."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from accounts.identity import Identity, identity_of
from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml.assertion import Assertion
from portal.texts import is_line

TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
NAME_ID = "NameID"  # as a claim's name in the file: the NameID itself
# Entra ID sends this in place of more groups than it puts into an assertion (150).
GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
LONGEST_SUBJECT = 191  # the width of allauth's column


def identity_from(provider: SamlProvider, assertion: Assertion, now: datetime) -> Identity:
    """Return the identity; raise SignInRefused when nobody lasting, or nobody of this portal, is spoken of."""
    subject = subject_of(provider, assertion)
    claims: dict[str, Any] = {
        "sub": subject,
        "sid": assertion.session_index,
        "auth_time": assertion.authenticated_at.timestamp(),
        "name": first(assertion, provider.name_claim),
        "given_name": first(assertion, provider.given_name_claim),
        "family_name": first(assertion, provider.family_name_claim),
        "upn": first(assertion, UPN),
        provider.groups_claim: assertion.attributes.get(provider.groups_claim),
        "_claim_names": {provider.groups_claim: GROUPS_LINK} if GROUPS_LINK in assertion.attributes else None,
        provider.email_claim: email_of(provider, assertion, subject),
    }
    said = {name: value for name, value in claims.items() if value not in (None, "")}
    identity = identity_of(provider, said, now=now, name_id=assertion.name_id)
    return replace(identity, asserted=_all_of(assertion))


def _all_of(assertion: Assertion) -> dict[str, Any]:
    return {NAME_ID: assertion.name_id, "SessionIndex": assertion.session_index, **assertion.attributes}


def subject_of(provider: SamlProvider, assertion: Assertion) -> str:
    """Return what identifies the person at this provider for good: the configured claim, else the NameID.

    A transient NameID is another one each time, so it would make a new person of each sign-in.
    """
    if provider.uid_claim and provider.uid_claim != NAME_ID:
        values = assertion.attributes.get(provider.uid_claim, [])
        value = values[0] if len(values) == 1 else None
    elif assertion.name_id.get("format") == TRANSIENT:
        raise SignInRefused(Reason.NAME_ID, "the NameID is transient")
    else:
        value = assertion.name_id.get("value")
    if not value or len(value) > LONGEST_SUBJECT or not is_line(value):
        raise SignInRefused(Reason.NAME_ID, f"no usable {provider.uid_claim or NAME_ID}")
    return value


def email_of(provider: SamlProvider, assertion: Assertion, subject: str) -> str | None:
    """Return the address; None where there is none. The NameID is one where the file says so and its format does."""
    if provider.email_claim == NAME_ID:
        is_address = assertion.name_id.get("format") == EMAIL_FORMAT
        return assertion.name_id.get("value") if is_address else None
    found = assertion.attributes.get(provider.email_claim, [])
    # An alias list often repeats the address in other capitals; the first spelling stays.
    values = list({(value or "").lower(): value for value in reversed(found)}.values())
    if len(values) > 1:
        raise SignInRefused(Reason.EMAILS, f"{len(values)} values of {provider.email_claim}", subject=subject)
    return values[0] if values else None


def first(assertion: Assertion, claim: str) -> str | None:
    values = assertion.attributes.get(claim, [])
    return values[0] if values else None
