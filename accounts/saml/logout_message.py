"""A provider's request to sign somebody out: signed, from it, for us, of now (SAML core, section 3.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from accounts.providers.declared import SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml import ours, times
from accounts.saml.assertion import check_issuer, check_version, check_window, clock, moment, name_id_of
from accounts.saml.decryption import decrypted
from accounts.saml.documents import NS, Element, check_schema, name, parsed, text_of, unreadable
from accounts.saml.response import with_keys
from accounts.saml.signature import verified
from accounts.saml.time_limit import in_time
from accounts.saml.times import LEEWAY

GOOD_FOR = timedelta(minutes=10)


class Carrier(Protocol):
    """How a message came. ``root`` raises SignInRefused unless one of the keys signed what it returns."""

    @property
    def relay_state(self) -> str | None: ...

    def root(self, certificates: Sequence[str]) -> Element: ...


@dataclass(frozen=True)
class Posted:
    """A message in a form, with its signature inside (SAML bindings, section 3.5)."""

    xml: bytes
    relay_state: str | None

    def root(self, certificates: Sequence[str]) -> Element:
        found = parsed(self.xml)
        check_schema(found, "protocol")
        return verified(found, certificates)


@dataclass(frozen=True)
class LogoutRequest:
    """Whose sessions are to end. Without ``sessions``, all of that person."""

    id: str
    name_id: dict[str, str]
    sessions: tuple[str, ...]
    until: datetime


def read_request(provider: SamlProvider, carrier: Carrier, now: datetime) -> LogoutRequest:
    """Return what a LogoutRequest asks; raise SignInRefused for one that is not to be believed."""
    root = with_keys(provider, lambda idp: in_time(lambda: carrier.root(idp.keys)))
    issued = _issued(provider, root, now)
    if root.get("NotOnOrAfter") is not None:
        check_window(root, now)
    found = _name_id(provider, root)
    if "value" not in found:
        raise SignInRefused(Reason.NAME_ID, "no NameID")
    sessions = tuple(text_of(item) for item in root.findall("samlp:SessionIndex", NS))
    return LogoutRequest(root.get("ID"), found, sessions, issued + GOOD_FOR)


def _issued(provider: SamlProvider, root: Element, now: datetime) -> datetime:
    """Return when it was issued, which must be lately: its id is remembered no longer than that."""
    if root.tag != name("samlp", "LogoutRequest"):
        raise unreadable("no LogoutRequest")
    check_version(root)
    check_issuer(root, provider.entity_id)
    if root.get("Destination") != ours.address(provider, "sls"):
        raise SignInRefused(Reason.RECIPIENT, "Destination is another address, or missing though signed")
    issued = moment(root, "IssueInstant")
    if issued > now + LEEWAY:
        raise clock("IssueInstant", issued, now)
    if issued <= now - GOOD_FOR:
        raise SignInRefused(Reason.EXPIRED, f"issued at {times.written(issued)}, here it is {times.written(now)}")
    return issued


def _name_id(provider: SamlProvider, root: Element) -> dict[str, str]:
    hidden = root.find("saml:EncryptedID", NS)
    if hidden is None:
        return name_id_of(root.findall("saml:NameID", NS))
    opened = in_time(lambda: decrypted(hidden, ours.private_keys(provider)))
    return name_id_of([opened] if opened.tag == name("saml", "NameID") else [])
