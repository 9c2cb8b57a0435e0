"""Each guard of an assertion by itself: everything is right but the one thing that a row says."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.assertion import LONGEST_TEXT, Assertion, Expected, read
from tests.accounts.saml.idp import EMAIL, NS, UPN, Element, Said, assertion, parse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXPECTED = Expected(issuer="http://idp.example/trust", audience="urn:portal", recipient="https://portal.example/acs/")
CONDITIONS, STATEMENT, CONFIRMATION = "saml:Conditions", "saml:AuthnStatement", "saml:Subject/saml:SubjectConfirmation"
DATA, RESTRICTION = f"{CONFIRMATION}/saml:SubjectConfirmationData", f"{CONDITIONS}/saml:AudienceRestriction"
NAME_ID, AUDIENCE = "saml:Subject/saml:NameID", f"{RESTRICTION}/saml:Audience"
VALUE = "saml:AttributeStatement/saml:Attribute/saml:AttributeValue"
Change = Callable[[Element], None]


def at(seconds: float) -> str:
    return times.written(NOW + timedelta(seconds=seconds))


def right() -> Element:
    """Return an assertion that is right in everything, by a clock that stands still."""
    said = Said("_asked", EXPECTED.recipient, EXPECTED.audience, issuer=EXPECTED.issuer, session_until=1)
    root = parse(assertion(said))
    root.set("IssueInstant", at(0))
    for path, attribute, seconds in (
        (CONDITIONS, "NotBefore", -5),
        (CONDITIONS, "NotOnOrAfter", 3600),
        (DATA, "NotOnOrAfter", 300),
        (STATEMENT, "AuthnInstant", -2),
        (STATEMENT, "SessionNotOnOrAfter", 3600),
    ):
        root.find(path, NS).set(attribute, at(seconds))
    return root


def taken(root: Element) -> Assertion:
    return read(root, EXPECTED, NOW)


def refusal(root: Element) -> tuple[Reason, str]:
    with pytest.raises(SignInRefused) as caught:
        taken(root)
    return caught.value.reason, caught.value.detail


def test_what_it_says_is_of_the_element() -> None:
    found = taken(right())
    assert (found.id, found.in_response_to, found.session_index) == ("_assertion-1", "_asked", "_session-1")
    assert found.name_id["value"] == "alice@example.com"
    assert (found.authenticated_at, found.usable_until) == (NOW - timedelta(seconds=2), NOW + timedelta(seconds=300))
    assert (found.attributes[UPN], found.attributes[EMAIL]) == (["alice@ad.example.internal"], ["alice@example.com"])


# Where a moment stands, its last second that is right, the first that is not, and what that is called.
EDGES = [
    (".", "IssueInstant", 60, 61, Reason.CLOCK, "IssueInstant is"),
    (CONDITIONS, "NotBefore", 60, 61, Reason.CLOCK, "NotBefore is"),
    (CONDITIONS, "NotOnOrAfter", -59, -60, Reason.EXPIRED, "over at"),
    (DATA, "NotBefore", 60, 61, Reason.CLOCK, "NotBefore is"),
    (DATA, "NotOnOrAfter", -59, -60, Reason.EXPIRED, "over at"),
    (DATA, "NotOnOrAfter", 86_400, 86_401, Reason.MESSAGE, "NotOnOrAfter of the confirmation is more than a day"),
    (STATEMENT, "AuthnInstant", 60, 61, Reason.CLOCK, "AuthnInstant is"),
    (STATEMENT, "SessionNotOnOrAfter", -59, -60, Reason.EXPIRED, "the provider's session was over"),
]


@pytest.mark.parametrize(("path", "attribute", "last", "first", "reason", "detail"), EDGES)
def test_each_moment_has_its_edge(
    path: str, attribute: str, last: int, first: int, reason: Reason, detail: str
) -> None:
    root = right()
    root.find(path, NS).set(attribute, at(last))
    assert taken(root).id == "_assertion-1"
    root.find(path, NS).set(attribute, at(first))
    why, said = refusal(root)
    assert (why, said[: len(detail)]) == (reason, detail)


@pytest.mark.parametrize(("path", "attribute"), dict.fromkeys((path, attribute) for path, attribute, *_ in EDGES))
@pytest.mark.parametrize("value", ["", "soon", "2026-11-23T12:00:00+01:00", "2026-13-23T12:00:00Z"])
def test_what_is_no_moment_is_refused(path: str, attribute: str, value: str) -> None:
    root = right()
    root.find(path, NS).set(attribute, value)
    assert refusal(root) == (Reason.MESSAGE, f"{attribute} is missing or no time in UTC")


def without(path: str, attribute: str = "") -> Change:
    def change(root: Element) -> None:
        element = root.find(path, NS)
        if attribute:
            del element.attrib[attribute]
        else:
            element.getparent().remove(element)

    return change


def twice(path: str) -> Change:
    def change(root: Element) -> None:
        element = root.find(path, NS)
        element.addnext(copy.deepcopy(element))

    return change


def put(path: str, attribute: str, value: str) -> Change:
    return lambda root: root.find(path, NS).set(attribute, value)


def text(path: str, value: str) -> Change:
    return lambda root: setattr(root.find(path, NS), "text", value)


def also(path: str, tag: str, inside: str = "") -> Change:
    """Put another element after the one at the path."""
    made = f'<saml:{tag} xmlns:saml="{NS["saml"]}">{inside}</saml:{tag}>'
    return lambda root: root.find(path, NS).addnext(parse(made))


def within(path: str) -> Change:
    """Put an element into what is a text."""
    return lambda root: etree.SubElement(root.find(path, NS), "x").set("a", "b")


ANOTHER = "<saml:Audience>urn:another</saml:Audience>"
FINE: dict[str, Change] = {
    "no NotBefore": without(CONDITIONS, "NotBefore"),
    "no NotOnOrAfter": without(CONDITIONS, "NotOnOrAfter"),
    "no end of the provider's session": without(STATEMENT, "SessionNotOnOrAfter"),
    "no SessionIndex": without(STATEMENT, "SessionIndex"),
    "no NameID": without(NAME_ID),
    "no attributes": without("saml:AttributeStatement"),
    "another audience beside ours": also(AUDIENCE, "Audience", "urn:another"),
    "us in both of two restrictions": twice(RESTRICTION),
    "another method's confirmation beside the bearer's": also(CONFIRMATION, "SubjectConfirmation"),
    "a NameID of the longest": text(NAME_ID, "a" * LONGEST_TEXT),
    "a format of the longest": put(NAME_ID, "Format", "a" * LONGEST_TEXT),
}
BEARERS = "{} bearer confirmations, or one without data"
NAME_IDS = (Reason.NAME_ID, "several, too long or no line of text")
NO_TEXT = (Reason.MESSAGE, "an element where there should be text")
WRONG: dict[str, tuple[Change, tuple[Reason, str]]] = {
    "no version": (without(".", "Version"), (Reason.MESSAGE, "Assertion of another version than 2.0")),
    "another issuer": (text("saml:Issuer", "x"), (Reason.ISSUER, "another issuer than the configured one, or none")),
    "no issuer": (without("saml:Issuer"), (Reason.ISSUER, "another issuer than the configured one, or none")),
    "two issuers": (twice("saml:Issuer"), (Reason.ISSUER, "another issuer than the configured one, or none")),
    "an element in the issuer": (within("saml:Issuer"), NO_TEXT),
    "no conditions": (without(CONDITIONS), (Reason.AUDIENCE, "no Conditions, so nobody it is meant for")),
    "two conditions": (twice(CONDITIONS), (Reason.AUDIENCE, "no Conditions, so nobody it is meant for")),
    "no restriction": (without(RESTRICTION), (Reason.AUDIENCE, "no AudienceRestriction")),
    "another audience": (text(AUDIENCE, "urn:another"), (Reason.AUDIENCE, "meant for another portal")),
    "no audience": (without(AUDIENCE), (Reason.AUDIENCE, "meant for another portal")),
    "us in one of two restrictions": (
        also(RESTRICTION, "AudienceRestriction", ANOTHER),
        (Reason.AUDIENCE, "meant for another portal"),
    ),
    "an element in the audience": (within(AUDIENCE), NO_TEXT),
    "no confirmation": (without(CONFIRMATION), (Reason.RECIPIENT, BEARERS.format(0))),
    "another method": (put(CONFIRMATION, "Method", "urn:x"), (Reason.RECIPIENT, BEARERS.format(0))),
    "two bearers": (twice(CONFIRMATION), (Reason.RECIPIENT, BEARERS.format(2))),
    "a bearer without data": (without(DATA), (Reason.RECIPIENT, BEARERS.format(1))),
    "another recipient": (
        put(DATA, "Recipient", "https://portal.example/acs"),
        (Reason.RECIPIENT, "the confirmation is for another address, or for none"),
    ),
    "no recipient": (
        without(DATA, "Recipient"),
        (Reason.RECIPIENT, "the confirmation is for another address, or for none"),
    ),
    "no end of the confirmation": (
        without(DATA, "NotOnOrAfter"),
        (Reason.MESSAGE, "NotOnOrAfter is missing or no time in UTC"),
    ),
    "no request": (without(DATA, "InResponseTo"), (Reason.UNSOLICITED, "no InResponseTo")),
    "an empty request": (put(DATA, "InResponseTo", ""), (Reason.UNSOLICITED, "no InResponseTo")),
    "no statement": (without(STATEMENT), (Reason.MESSAGE, "0 authentication statements")),
    "two statements": (twice(STATEMENT), (Reason.MESSAGE, "2 authentication statements")),
    "two NameIDs": (twice(NAME_ID), NAME_IDS),
    "a NameID that is too long": (text(NAME_ID, "a" * (LONGEST_TEXT + 1)), NAME_IDS),
    "a NameID of two lines": (text(NAME_ID, "alice\u2028bob"), NAME_IDS),
    "a format that is too long": (put(NAME_ID, "Format", "a" * (LONGEST_TEXT + 1)), NAME_IDS),
    "a qualifier that is too long": (put(NAME_ID, "NameQualifier", "a" * (LONGEST_TEXT + 1)), NAME_IDS),
    "our qualifier of two lines": (put(NAME_ID, "SPNameQualifier", "a\u2028b"), NAME_IDS),
    "an element in the NameID": (within(NAME_ID), NO_TEXT),
    "an encrypted attribute": (
        also("saml:AttributeStatement/saml:Attribute", "EncryptedAttribute"),
        (Reason.MESSAGE, "an encrypted attribute"),
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_may_be_otherwise_may_be_otherwise(name: str) -> None:
    root = right()
    FINE[name](root)
    assert taken(root).in_response_to == "_asked"


@pytest.mark.parametrize("name", WRONG)
def test_each_guard_holds_by_itself(name: str) -> None:
    root = right()
    change, expected = WRONG[name]
    change(root)
    assert refusal(root) == expected


def test_the_longest_text_is_512_characters() -> None:
    assert LONGEST_TEXT == 512


def test_what_qualifies_a_name_id_is_kept_with_it_and_what_is_empty_is_not() -> None:
    root = right()
    for attribute, value in (("NameQualifier", "urn:idp"), ("SPNameQualifier", "urn:portal"), ("Format", "")):
        root.find(NAME_ID, NS).set(attribute, value)
    told = {"value": "alice@example.com", "name_qualifier": "urn:idp", "sp_name_qualifier": "urn:portal"}
    assert taken(root).name_id == told
    without(NAME_ID)(root)
    assert taken(root).name_id == {}


def test_a_value_of_elements_is_none_and_an_empty_one_is_empty() -> None:
    root = right()
    within(VALUE)(root)
    root.findall("saml:AttributeStatement/saml:Attribute", NS)[1].find("saml:AttributeValue", NS).text = None
    assert list(taken(root).attributes.values())[:2] == [[None], [""]]
