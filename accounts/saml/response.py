"""From what was posted to us to an assertion that is true, or a refusal that says why not.

Whatever is read for a person is read from the signed assertion alone. Of the response around it only so much is looked
at as can refuse: status, version, destination, issuer, and its own signature where it has one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml import metadata, ours, statuses
from accounts.saml.assertion import Assertion, Expected, check_issuer, check_version, read
from accounts.saml.decryption import decrypted
from accounts.saml.documents import NS, Element, check_schema, decoded, name, parsed, unreadable
from accounts.saml.idp_metadata import IdpMetadata
from accounts.saml.signature import is_signed, verified
from accounts.saml.time_limit import in_time

ASSERTION, ENCRYPTED = name("saml", "Assertion"), name("saml", "EncryptedAssertion")
Result = TypeVar("Result")


def take(provider: SamlProvider, posted: str, now: datetime) -> Assertion:
    """Return the assertion inside a posted ``SAMLResponse``; raise SignInRefused at the first thing that is wrong."""
    root = in_time(lambda: _response(posted))
    return with_keys(provider, lambda idp: in_time(lambda: _read(provider, root, idp, now)))


def with_keys(provider: SamlProvider, attempt: Callable[[IdpMetadata], Result]) -> Result:
    """Try with the known keys; when none fits, ask the provider for new ones, if that is due, and try once more."""
    known = metadata.current(provider)
    try:
        return attempt(known)
    except SignInRefused as refusal:
        renewed = metadata.renewed(provider, known) if refusal.reason is Reason.SIGNATURE else None
        if renewed is None:
            raise
    return attempt(renewed)


def _response(posted: str) -> Element:
    root = parsed(decoded(posted))
    if root.tag != name("samlp", "Response"):
        raise unreadable("no Response")
    check_schema(root, "protocol")
    check_version(root)
    return root


def _read(provider: SamlProvider, root: Element, idp: IdpMetadata, now: datetime) -> Assertion:
    acs = ours.address(provider, "acs")
    _check_response(root, idp, acs)
    statuses.check(root)
    signed = verified(_assertion(provider, root), idp.keys)
    assertion = read(signed, Expected(idp.entity_id, ours.entity_id(provider), acs), now)
    if root.get("InResponseTo", assertion.in_response_to) != assertion.in_response_to:
        raise SignInRefused(Reason.STATE, "response and assertion answer different requests")
    return assertion


def _check_response(root: Element, idp: IdpMetadata, acs: str) -> None:
    """Refuse a response that says it is another's. Unsigned, it proves nothing, and nothing is taken from it."""
    if is_signed(root):
        verified(root, idp.keys)
    destination = root.get("Destination")
    if destination != acs and (destination is not None or is_signed(root)):
        raise SignInRefused(Reason.RECIPIENT, "Destination is another address, or missing though signed")
    if root.find("saml:Issuer", NS) is not None:
        check_issuer(root, idp.entity_id)


def _assertion(provider: SamlProvider, root: Element) -> Element:
    """Return the one assertion, opened if it was encrypted; it stands right below the response and nowhere else."""
    found = list(root.iter(ASSERTION, ENCRYPTED))
    if len(found) != 1 or found[0].getparent() is not root:
        raise unreadable(f"{len(found)} assertions, or one in the wrong place")
    if found[0].tag == ASSERTION:
        return found[0]
    opened = decrypted(found[0], ours.private_keys(provider))
    if opened.tag != ASSERTION or len(list(opened.iter(ASSERTION, ENCRYPTED))) != 1:
        raise unreadable("not one assertion was encrypted")
    check_schema(opened, "assertion")
    return opened
