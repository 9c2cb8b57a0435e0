"""Each guard of the response around an assertion by itself: everything is right but the one thing that a row says."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import xmlsec
from lxml import etree

from accounts.providers import saml
from accounts.refusals import Reason, SignInRefused
from accounts.saml.assertion import Assertion
from accounts.saml.response import take
from tests.accounts.saml.conftest import Browser, Portal
from tests.accounts.saml.idp import NS, Element, Hand, assertion, encoded, encrypt, pair, parse, response, sign, text_of

pytestmark = pytest.mark.django_db
Make = Callable[[Portal], Element]
SAML = f"{{{NS['saml']}}}"
ASSERTION = "saml:Assertion"


@pytest.fixture(autouse=True)
def _our_key(portal: Portal) -> None:
    portal.with_key()


def said(portal: Portal, **changes: Any) -> Element:
    """Return what a true answer says, its assertion signed; with changes, another."""
    return portal.idp.signed(Browser().answer_to("_asked", **changes))


def signed_around(root: Element) -> Element:
    sign(root, Hand(pair("idp")))
    return parse(text_of(root))


def hidden(root: Element) -> Element:
    """Encrypt the first assertion in its place."""
    found = root.find(ASSERTION, NS)
    place = root.index(found)
    made = encrypt(found, pair("portal").certificate, xmlsec.Transform.AES256_GCM, xmlsec.Transform.RSA_OAEP)
    root.insert(place, made)
    for rest in root.findall(ASSERTION, NS):
        root.remove(rest)
    return parse(text_of(root))


def taken(root: Element) -> Assertion:
    return take(saml()["corp"], encoded(root), datetime.now(UTC))


def unsigned(**changes: Any) -> Element:
    return parse(response(Browser().answer_to("_asked", **changes)))


def request(portal: Portal) -> Element:
    root = said(portal)
    root.tag = f"{{{NS['samlp']}}}ArtifactResponse"
    return root


def something_more(portal: Portal) -> Element:
    root = said(portal)
    etree.SubElement(root, f"{SAML}Issuer").text = "x"
    return root


def changed_after(portal: Portal) -> Element:
    root = signed_around(said(portal))
    root.set("IssueInstant", "2026-01-01T00:00:00Z")
    return root


def by_another_hand(portal: Portal) -> Element:
    root = said(portal)
    sign(root, Hand(pair("mallory")))
    return root


def two(portal: Portal) -> Element:
    root = said(portal)
    root.append(copy.deepcopy(root.find(ASSERTION, NS)))
    root[-1].set("ID", "_another")
    return root


def none(portal: Portal) -> Element:
    root = said(portal)
    root.remove(root.find(ASSERTION, NS))
    return root


def in_the_wrong_place(portal: Portal) -> Element:
    root = said(portal)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(root.find(ASSERTION, NS))
    root.insert(1, extensions)
    return root


def one_hidden_and_one_not(portal: Portal) -> Element:
    root = hidden(said(portal))
    root.append(said(portal).find(ASSERTION, NS))
    return root


def something_else_hidden(portal: Portal) -> Element:
    """A whole signed response is what was encrypted."""
    root, inner = said(portal), said(portal)
    for_the_key = pair("portal").certificate
    made = encrypt(inner, for_the_key, xmlsec.Transform.AES256_GCM, xmlsec.Transform.RSA_OAEP)
    root.replace(root.find(ASSERTION, NS), made)
    return parse(text_of(root))


def two_hidden(portal: Portal) -> Element:
    root = unsigned()
    advice = etree.Element(f"{SAML}Advice")
    advice.append(parse(assertion(Browser().answer_to("_asked", assertion_id="_inner"))))
    root.find(f"{ASSERTION}/saml:Conditions", NS).addnext(advice)
    sign(root.find(ASSERTION, NS), portal.idp.hand)
    return hidden(root)


def hidden_of_another_shape(portal: Portal) -> Element:
    root = unsigned()
    found = root.find(ASSERTION, NS)
    etree.SubElement(found, f"{SAML}Issuer").text = "x"
    sign(found, portal.idp.hand)
    return hidden(root)


PLACE = "assertions, or one in the wrong place"
ELSEWHERE = (Reason.RECIPIENT, "Destination is another address, or missing though signed")
ISSUER = (Reason.ISSUER, "another issuer than the configured one, or none")
NO_KEY = (Reason.SIGNATURE, "none of 1 published keys made it")
NOT_ONE = (Reason.MESSAGE, "not one assertion was encrypted")
WRONG: dict[Make, tuple[Reason, str]] = {
    request: (Reason.MESSAGE, "no Response"),
    something_more: (Reason.MESSAGE, "not what the schema of SAML asks of a protocol"),
    lambda portal: said(portal, response_version="2.1"): (Reason.MESSAGE, "Response of another version than 2.0"),
    lambda portal: said(portal, destination="https://elsewhere.example/acs/"): ELSEWHERE,
    lambda portal: said(portal, destination=""): ELSEWHERE,
    lambda portal: signed_around(said(portal, destination=None)): ELSEWHERE,
    lambda portal: said(portal, response_issuer="http://evil.example/trust"): ISSUER,
    changed_after: NO_KEY,
    by_another_hand: NO_KEY,
    lambda portal: unsigned(status=("Responder", "AuthnFailed")): (
        Reason.AUTHN_FAILED,
        "status: Responder/AuthnFailed",
    ),
    lambda portal: unsigned(): (Reason.UNSIGNED, "the Assertion is not signed"),
    two: (Reason.MESSAGE, f"2 {PLACE}"),
    none: (Reason.MESSAGE, f"0 {PLACE}"),
    in_the_wrong_place: (Reason.MESSAGE, f"1 {PLACE}"),
    one_hidden_and_one_not: (Reason.MESSAGE, f"2 {PLACE}"),
    something_else_hidden: NOT_ONE,
    two_hidden: NOT_ONE,
    hidden_of_another_shape: (Reason.MESSAGE, "not what the schema of SAML asks of a assertion"),
    lambda portal: said(portal, response_in_response_to="_another"): (
        Reason.STATE,
        "response and assertion answer different requests",
    ),
}
FINE: list[Make] = [
    said,
    lambda portal: said(portal, destination=None),
    lambda portal: said(portal, response_issuer=None),
    lambda portal: said(portal, response_in_response_to=None),
    lambda portal: signed_around(said(portal)),
    lambda portal: hidden(said(portal)),
    lambda portal: signed_around(hidden(said(portal))),
]


@pytest.mark.parametrize("make", FINE)
def test_what_may_be_otherwise_may_be_otherwise(portal: Portal, make: Make) -> None:
    assert taken(make(portal)).in_response_to == "_asked"


@pytest.mark.parametrize("make", WRONG)
def test_each_guard_holds_by_itself(portal: Portal, make: Make) -> None:
    with pytest.raises(SignInRefused) as caught:
        taken(make(portal))
    assert (caught.value.reason, caught.value.detail) == WRONG[make]
