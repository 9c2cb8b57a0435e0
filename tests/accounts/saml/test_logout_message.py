"""Each guard of a request to sign somebody out by itself: everything is right but the one thing that a row says."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from accounts.providers import saml
from accounts.refusals import Reason, SignInRefused
from accounts.saml import times
from accounts.saml.logout_message import LogoutRequest, Posted, read_request
from tests.accounts.saml.conftest import PORTAL, Portal
from tests.accounts.saml.idp import ENTITY_ID, NS, Element, Hand, pair, parse, sign, text_of
from tests.accounts.saml.test_logout import SLS, Asked

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Carried:
    """A message that came as it should."""

    found: Element
    relay_state: str | None = None

    def root(self, certificates: Sequence[str]) -> Element:
        return self.found


def at(seconds: float) -> str:
    return times.written(NOW + timedelta(seconds=seconds))


def right() -> Element:
    root = parse(Asked(qualifier="urn:idp", sessions=("_one", "_two")).xml())
    root.set("IssueInstant", at(0))
    root.set("NotOnOrAfter", at(300))
    return root


def taken(root: Element) -> LogoutRequest:
    return read_request(saml()["corp"], Carried(root), NOW)


def refusal(root: Element) -> tuple[Reason, str]:
    with pytest.raises(SignInRefused) as caught:
        taken(root)
    return caught.value.reason, caught.value.detail


def test_what_it_asks(portal: Portal) -> None:
    found = taken(right())
    assert (found.id, found.sessions) == ("_logout-1", ("_one", "_two"))
    assert (found.name_id["value"], found.name_id["name_qualifier"]) == ("alice@example.com", "urn:idp")
    assert found.until == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("attribute", "last", "first", "reason"),
    [
        ("IssueInstant", 60, 61, Reason.CLOCK),
        ("IssueInstant", -599, -600, Reason.EXPIRED),
        ("NotOnOrAfter", -59, -60, Reason.EXPIRED),
    ],
)
def test_each_moment_has_its_edge(portal: Portal, attribute: str, last: int, first: int, reason: Reason) -> None:
    root = right()
    root.set(attribute, at(last))
    assert taken(root).id == "_logout-1"
    root.set(attribute, at(first))
    assert refusal(root)[0] is reason


def test_it_need_not_say_until_when_nor_name_sessions(portal: Portal) -> None:
    root = right()
    del root.attrib["NotOnOrAfter"]
    for session in root.findall("samlp:SessionIndex", NS):
        root.remove(session)
    assert taken(root).sessions == ()


def put(attribute: str, value: str | None) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        if value is None:
            del root.attrib[attribute]
        else:
            root.set(attribute, value)

    return change


def retagged(root: Element) -> None:
    root.tag = f"{{{NS['samlp']}}}LogoutResponse"


def without(path: str) -> Callable[[Element], None]:
    return lambda root: root.remove(root.find(path, NS))


def another_issuer(root: Element) -> None:
    root.find("saml:Issuer", NS).text = f"{ENTITY_ID}/"


def two_names(root: Element) -> None:
    root.find("saml:NameID", NS).addnext(copy.deepcopy(root.find("saml:NameID", NS)))


def an_empty_name(root: Element) -> None:
    root.find("saml:NameID", NS).text = None


def a_session_of_elements(root: Element) -> None:
    root.find("samlp:SessionIndex", NS).append(parse("<x/>"))


ELSEWHERE = (Reason.RECIPIENT, "Destination is another address, or missing though signed")
ISSUER = (Reason.ISSUER, "another issuer than the configured one, or none")
WRONG: list[tuple[Callable[[Element], None], tuple[Reason, str]]] = [
    (retagged, (Reason.MESSAGE, "no LogoutRequest")),
    (put("Version", None), (Reason.MESSAGE, "LogoutRequest of another version than 2.0")),
    (put("Version", "2.1"), (Reason.MESSAGE, "LogoutRequest of another version than 2.0")),
    (another_issuer, ISSUER),
    (without("saml:Issuer"), ISSUER),
    (put("Destination", None), ELSEWHERE),
    (put("Destination", f"{PORTAL}{SLS}x"), ELSEWHERE),
    (put("Destination", f"{PORTAL}/accounts/saml/other/sls/"), ELSEWHERE),
    (put("IssueInstant", None), (Reason.MESSAGE, "IssueInstant is missing or no time in UTC")),
    (put("NotOnOrAfter", "soon"), (Reason.MESSAGE, "NotOnOrAfter is missing or no time in UTC")),
    (without("saml:NameID"), (Reason.NAME_ID, "no NameID")),
    (an_empty_name, (Reason.NAME_ID, "no NameID")),
    (two_names, (Reason.NAME_ID, "several, too long or no line of text")),
    (a_session_of_elements, (Reason.MESSAGE, "an element where there should be text")),
]


@pytest.mark.parametrize(("change", "expected"), WRONG)
def test_each_guard_holds_by_itself(
    portal: Portal, change: Callable[[Element], None], expected: tuple[Reason, str]
) -> None:
    root = right()
    change(root)
    assert refusal(root) == expected


def test_a_post_is_held_against_the_schema_before_its_signature_counts() -> None:
    root = parse(Asked(subject="<saml:Issuer>twice</saml:Issuer>").xml())
    sign(root, Hand(pair("idp")))
    with pytest.raises(SignInRefused, match="not what the schema of SAML asks of a protocol"):
        Posted(text_of(root).encode(), None).root([pair("idp").certificate])
