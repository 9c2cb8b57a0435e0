"""What a signed assertion says, and whether it says it to us, now (SAML core, section 2; profiles, section 4.1.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.documents import NS, Element, text_of, unreadable
from accounts.saml.times import LEEWAY
from portal.texts import is_line

LONGEST_LIFE = timedelta(days=1)  # how long an id may have to be remembered
VERSION = "2.0"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
LONGEST_TEXT = 512


@dataclass(frozen=True)
class Expected:
    """Whom the assertion must be from, for and sent to."""

    issuer: str
    audience: str
    recipient: str


@dataclass(frozen=True)
class Assertion:
    """Every value is of the signed element. ``name_id`` has the keys value, format, name_qualifier, sp_name_qualifier.

    ``attributes`` keep the order of their values; two attributes of one name are one with the values of both. A value
    that holds elements instead of text is None. Blanks count: "AWS-Admin " is another group than "AWS-Admin".
    """

    id: str
    in_response_to: str
    name_id: dict[str, str]
    session_index: str
    authenticated_at: datetime
    usable_until: datetime
    attributes: dict[str, list[str | None]]


def read(root: Element, expected: Expected, now: datetime) -> Assertion:
    """Return what the assertion says; ``root`` is what its signature covers. Raise SignInRefused."""
    check_version(root)
    check_issuer(root, expected.issuer)
    _check_issued(root, now)
    conditions = root.findall("saml:Conditions", NS)
    if len(conditions) != 1:
        raise SignInRefused(Reason.AUDIENCE, "no Conditions, so nobody it is meant for")
    check_window(conditions[0], now)
    _check_audience(conditions[0], expected.audience)
    confirmation = _confirmation(root, expected.recipient, now)
    statement = _statement(root, now)
    return Assertion(
        id=root.get("ID"),
        in_response_to=confirmation.get("InResponseTo", ""),
        name_id=name_id_of(root.findall("saml:Subject/saml:NameID", NS)),
        session_index=statement.get("SessionIndex", ""),
        authenticated_at=moment(statement, "AuthnInstant"),
        usable_until=moment(confirmation, "NotOnOrAfter"),
        attributes=_attributes(root),
    )


def check_version(root: Element) -> None:
    """Whoever speaks another version may mean something else by the same words (SAML core, sections 2.3.3 and 4.1)."""
    if root.get("Version") != VERSION:
        raise unreadable(f"{etree.QName(root).localname} of another version than {VERSION}")


def check_issuer(root: Element, issuer: str) -> None:
    """The issuer is the configured one to the letter; a slash or an http more is another provider."""
    found = [text_of(item) for item in root.findall("saml:Issuer", NS)]
    if found != [issuer]:
        raise SignInRefused(Reason.ISSUER, "another issuer than the configured one, or none")


def name_id_of(found: Sequence[Element]) -> dict[str, str]:
    """Return a NameID with what qualifies it, {} when there is none; single logout must repeat it to the letter."""
    if not found:
        return {}
    names = {"format": "Format", "name_qualifier": "NameQualifier", "sp_name_qualifier": "SPNameQualifier"}
    values = {"value": text_of(found[0])} | {key: found[0].get(attribute, "") for key, attribute in names.items()}
    if len(found) > 1 or any(len(value) > LONGEST_TEXT or not is_line(value) for value in values.values()):
        raise SignInRefused(Reason.NAME_ID, "several, too long or no line of text")
    return {key: value for key, value in values.items() if value}


def moment(element: Element, attribute: str) -> datetime:
    moment = times.read(element.get(attribute))
    if moment is None:
        raise unreadable(f"{attribute} is missing or no time in UTC")
    return moment


def _check_issued(root: Element, now: datetime) -> None:
    issued = moment(root, "IssueInstant")
    if issued > now + LEEWAY:
        raise clock("IssueInstant", issued, now)


def clock(what: str, theirs: datetime, now: datetime) -> SignInRefused:
    return SignInRefused(Reason.CLOCK, f"{what} is {times.written(theirs)}, here it is {times.written(now)}")


def check_window(element: Element, now: datetime) -> None:
    """Hold NotBefore and NotOnOrAfter against our clock, with a minute of leeway both ways."""
    if element.get("NotBefore") is not None and (starts := moment(element, "NotBefore")) > now + LEEWAY:
        raise clock("NotBefore", starts, now)
    if element.get("NotOnOrAfter") is not None and (ends := moment(element, "NotOnOrAfter")) <= now - LEEWAY:
        raise SignInRefused(Reason.EXPIRED, f"over at {times.written(ends)}, here it is {times.written(now)}")


def _check_audience(conditions: Element, audience: str) -> None:
    """Each restriction must name us, and there must be one: without it the assertion may be another portal's."""
    restrictions = conditions.findall("saml:AudienceRestriction", NS)
    if not restrictions:
        raise SignInRefused(Reason.AUDIENCE, "no AudienceRestriction")
    for restriction in restrictions:
        if audience not in [text_of(item) for item in restriction.findall("saml:Audience", NS)]:
            raise SignInRefused(Reason.AUDIENCE, "meant for another portal")


def _confirmation(root: Element, recipient: str, now: datetime) -> Element:
    """Return the one bearer confirmation: for this address, for one request, and not for long (profiles, 4.1.4.2)."""
    bearers = [
        item for item in root.findall("saml:Subject/saml:SubjectConfirmation", NS) if item.get("Method") == BEARER
    ]
    data = bearers[0].find("saml:SubjectConfirmationData", NS) if len(bearers) == 1 else None
    if data is None:
        raise SignInRefused(Reason.RECIPIENT, f"{len(bearers)} bearer confirmations, or one without data")
    if data.get("Recipient") != recipient:
        raise SignInRefused(Reason.RECIPIENT, "the confirmation is for another address, or for none")
    if moment(data, "NotOnOrAfter") > now + LONGEST_LIFE:
        raise unreadable("NotOnOrAfter of the confirmation is more than a day ahead")
    check_window(data, now)
    if not data.get("InResponseTo"):
        raise SignInRefused(Reason.UNSOLICITED, "no InResponseTo")
    return data


def _statement(root: Element, now: datetime) -> Element:
    found = root.findall("saml:AuthnStatement", NS)
    if len(found) != 1:
        raise unreadable(f"{len(found)} authentication statements")
    if (instant := moment(found[0], "AuthnInstant")) > now + LEEWAY:
        raise clock("AuthnInstant", instant, now)
    over = found[0].get("SessionNotOnOrAfter")
    if over is not None and moment(found[0], "SessionNotOnOrAfter") <= now - LEEWAY:
        raise SignInRefused(Reason.EXPIRED, f"the provider's session was over at {over[:30]}")
    return found[0]


def _attributes(root: Element) -> dict[str, list[str | None]]:
    if root.find(".//saml:EncryptedAttribute", NS) is not None:
        raise unreadable("an encrypted attribute")
    found: dict[str, list[str | None]] = {}
    for item in root.iterfind("saml:AttributeStatement/saml:Attribute", NS):
        values = [None if len(value) else value.text or "" for value in item.findall("saml:AttributeValue", NS)]
        found.setdefault(item.get("Name", ""), []).extend(values)
    return found
