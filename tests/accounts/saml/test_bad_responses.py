"""Signed by the provider, and still not for us, not from it, not now, or of nobody."""

import copy
from typing import Any

import pytest
from django.test import Client

from accounts.models import SignIn
from tests.accounts.saml.conftest import PORTAL, Browser, Portal, reason, refused
from tests.accounts.saml.idp import (
    ALICE,
    EMAIL,
    FORMAT,
    GROUP,
    NS,
    PERSISTENT,
    TRANSIENT,
    UPN,
    encoded,
    moment,
    parse,
    response,
    sign,
)

pytestmark = pytest.mark.django_db

NESTED = "<saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue>"
ACS = f"{PORTAL}/accounts/saml/corp/acs/"
SAYS: dict[str, tuple[dict[str, Any], str]] = {
    "another audience": ({"audience": "https://elsewhere.example/metadata/"}, "audience"),
    "the audience without its slash": ({"audience": f"{PORTAL}/accounts/saml/corp/metadata"}, "audience"),
    "another provider's audience": ({"audience": f"{PORTAL}/accounts/saml/other/metadata/"}, "audience"),
    "no audience": ({"audience": None}, "audience"),
    "another issuer": ({"issuer": "http://evil.example/trust"}, "issuer"),
    "the issuer by https": ({"issuer": "https://fs.example.test/adfs/services/trust"}, "issuer"),
    "the issuer with a slash": ({"issuer": "http://fs.example.test/adfs/services/trust/"}, "issuer"),
    "another issuer of the response": ({"response_issuer": "http://evil.example/trust"}, "issuer"),
    "another recipient": ({"recipient": "https://elsewhere.example/acs/"}, "recipient"),
    "a recipient that begins with ours": ({"recipient": f"{ACS}more"}, "recipient"),
    "a recipient that ours begins with": ({"recipient": PORTAL}, "recipient"),
    "another provider's recipient": ({"recipient": f"{PORTAL}/accounts/saml/other/acs/"}, "recipient"),
    "no recipient": ({"recipient": None}, "recipient"),
    "another destination": ({"destination": "https://elsewhere.example/acs/"}, "recipient"),
    "a destination that begins with ours": ({"destination": f"{ACS}?x"}, "recipient"),
    "an empty destination": ({"destination": ""}, "recipient"),
    "holder of key": ({"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, "recipient"),
    "over for two minutes": ({"not_on_or_after": -120}, "expired"),
    "confirmed until two minutes ago": ({"confirmed_until": -120}, "expired"),
    "confirmed for good": ({"confirmed_until": 200_000}, "malformed_message"),
    "confirmed without end": ({"confirmed_until": None}, "malformed_message"),
    "not yet for two minutes": ({"not_before": 120}, "clock"),
    "issued in two minutes": ({"issued": 120, "not_before": None}, "clock"),
    "authenticated in two minutes": ({"authenticated": 120}, "clock"),
    "the provider's session is over": ({"session_until": -120}, "expired"),
    "no authentication statement": ({"authenticated": None}, "malformed_message"),
    "no InResponseTo": ({"in_response_to": None}, "unsolicited"),
    "an unknown request": ({"in_response_to": "_unknown"}, "state"),
    "two answers": ({"response_in_response_to": "_another"}, "state"),
    "an attribute for the subject that is not there": ({"attributes": {EMAIL: ["alice@example.com"]}}, "name_id"),
    "several e-mail addresses": (
        {"attributes": {**ALICE, EMAIL: ["a@example.com", "b@example.com"]}},
        "several_emails",
    ),
    "no e-mail address": ({"attributes": {UPN: ["alice@ad.example.internal"]}}, "email_missing"),
    "an e-mail address that is none": ({"attributes": {**ALICE, EMAIL: ["n/a"]}}, "email_missing"),
    "an empty e-mail address": ({"attributes": {**ALICE, EMAIL: [""]}}, "email_missing"),
    "several subjects": ({"attributes": {**ALICE, UPN: ["alice@ad", "bob@ad"]}}, "name_id"),
    "an empty subject": ({"attributes": {**ALICE, UPN: [""]}}, "name_id"),
    "a subject that is too long": ({"attributes": {**ALICE, UPN: ["a" * 192]}}, "name_id"),
    "elements for values": (
        {"raw_values": "<saml:AttributeValue><saml:NameID>x</saml:NameID></saml:AttributeValue>"},
        "name_id",
    ),
    "an assertion of SAML 1.1": ({"version": "1.1"}, "malformed_message"),
    "an assertion of SAML 2.1": ({"version": "2.1"}, "malformed_message"),
    "a response of SAML 1.1": ({"response_version": "1.1"}, "malformed_message"),
    "a response of SAML 2.01": ({"response_version": "2.01"}, "malformed_message"),
    "no attributes at all": ({"attributes": {}}, "name_id"),
}


@pytest.mark.parametrize("name", SAYS)
def test_what_is_signed_and_wrong_is_refused(portal: Portal, browser_at_corp: Browser, name: str) -> None:
    changes, expected = SAYS[name]
    assert reason(browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(**changes)))) == expected


def test_a_refused_version_is_said_on_the_ledger(portal: Portal, browser_at_corp: Browser) -> None:
    event = refused(browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(version="3.0"))))
    assert event.details["detail"] == "Assertion of another version than 2.0"


@pytest.mark.parametrize(
    ("emails", "status"),
    [
        (["alice@example.com", "Alice@Example.com"], 302),
        (["Alice@Example.com", "alice@example.com", "Alice@Example.com"], 302),
        (["alice@example.com", "alice.able@example.com"], 403),
        (["alice@example.com", ""], 403),
    ],
)
def test_one_address_in_two_spellings_is_one(
    portal: Portal, browser_at_corp: Browser, emails: list[str], status: int
) -> None:
    said = browser_at_corp.said(attributes={**ALICE, EMAIL: emails})
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == status
    assert [one.email for one in SignIn.objects.all()] == ["alice@example.com"] * (status == 302)


BY_NAME_ID: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"name_id": None}, "name_id"),
    "transient": ({"name_id_format": TRANSIENT}, "name_id"),
    "encrypted": ({"raw_subject": "<saml:EncryptedID><saml:Extra/></saml:EncryptedID>"}, "malformed_message"),
}


@pytest.mark.parametrize("name", BY_NAME_ID)
def test_a_name_id_that_does_not_last_is_refused(portal: Portal, browser_at_corp: Browser, name: str) -> None:
    portal.set_up(uid_claim='"NameID"')
    changes, expected = BY_NAME_ID[name]
    assert reason(browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(**changes)))) == expected


@pytest.mark.parametrize("form", [PERSISTENT, FORMAT, None])
def test_a_name_id_that_lasts_is_who_somebody_is(portal: Portal, browser_at_corp: Browser, form: str | None) -> None:
    portal.set_up(uid_claim='"NameID"')
    said = browser_at_corp.said(name_id="G1bB+er/Ish=", name_id_format=form)
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
    assert SignIn.objects.get().subject == "G1bB+er/Ish="


STATUSES = {
    ("Responder", "AuthnFailed"): "authn_failed",
    ("Responder", "UnknownPrincipal"): "authn_failed",
    ("Responder", "RequestDenied"): "cancelled",
    ("Responder", "NoPassive"): "no_passive",
    ("Requester", "InvalidNameIDPolicy"): "name_id_policy",
    ("Requester", "NoAuthnContext"): "authn_context",
    ("Responder", "NoAuthnContext"): "authn_context",
    ("Requester",): "request_refused",
    ("VersionMismatch",): "request_refused",
    ("Responder",): "provider_error",
    ("Responder", "a&lt;i&gt;lice"): "provider_error",
    ("alice",): "provider_error",
}


@pytest.mark.parametrize("codes", STATUSES)
def test_what_the_provider_says_instead_is_told_kindly(
    portal: Portal, browser_at_corp: Browser, codes: tuple[str, ...]
) -> None:
    event = refused(browser_at_corp.arrive(response(browser_at_corp.said(status=codes))))
    assert event.details["reason"] == STATUSES[codes]


def test_the_clock_refusal_names_both_times(portal: Portal, browser_at_corp: Browser) -> None:
    event = refused(browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(not_before=120))))
    theirs, ours = moment(120)[:16], moment(0)[:13]
    assert f"NotBefore is {theirs}" in event.details["detail"]
    assert f"here it is {ours}" in event.details["detail"]


MISSING = {
    "Conditions": "audience",
    "AudienceRestriction": "audience",
    "Subject": "recipient",
    "SubjectConfirmation": "recipient",
    "SubjectConfirmationData": "recipient",
    "AuthnStatement": "malformed_message",
    "AttributeStatement": "name_id",
    "Issuer": "malformed_message",
}


@pytest.mark.parametrize("tag", MISSING)
def test_what_is_missing_is_missed(portal: Portal, browser_at_corp: Browser, tag: str) -> None:
    root = parse(response(browser_at_corp.said()))
    signed = root.find("saml:Assertion", NS)
    element = signed.find(f".//saml:{tag}", NS)
    element.getparent().remove(element)
    sign(signed, portal.idp.hand)
    assert reason(browser_at_corp.arrive(root)) == MISSING[tag]


@pytest.mark.parametrize("tag", ["AuthnStatement", "Conditions"])
def test_what_stands_there_twice_says_two_things(portal: Portal, browser_at_corp: Browser, tag: str) -> None:
    root = parse(response(browser_at_corp.said()))
    element = root.find(f".//saml:{tag}", NS)
    element.addnext(copy.deepcopy(element))
    sign(root.find("saml:Assertion", NS), portal.idp.hand)
    assert reason(browser_at_corp.arrive(root)) == "malformed_message"


@pytest.mark.parametrize("changes", [{"not_before": 50}, {"not_on_or_after": -50}, {"confirmed_until": -50}])
def test_a_minute_is_forgiven(portal: Portal, browser_at_corp: Browser, changes: dict[str, float]) -> None:
    assert browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(**changes))).status_code == 302


def test_an_assertion_is_good_once(portal: Portal, browser_at_corp: Browser) -> None:
    message = portal.idp.signed(browser_at_corp.said())
    assert browser_at_corp.post(message).status_code == 303
    assert reason(browser_at_corp.post(message)) == "replay"


def test_a_second_assertion_for_the_same_request_is_refused(portal: Portal, browser_at_corp: Browser) -> None:
    said = browser_at_corp.said()
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
    again = browser_at_corp.answer_to(said.in_response_to, assertion_id="_assertion-2")
    answer = browser_at_corp.arrive(portal.idp.signed(again))
    assert (answer.status_code, SignIn.objects.count()) == (403, 1)


def test_the_key_in_the_cookie_is_good_once(portal: Portal, browser_at_corp: Browser) -> None:
    answer = browser_at_corp.post(portal.idp.signed(browser_at_corp.said()))
    first, second = (browser_at_corp.client.get(answer.headers["Location"]) for _ in range(2))
    assert (first.status_code, second.status_code, SignIn.objects.count()) == (302, 403, 1)


def test_another_browsers_answer_signs_nobody_in(portal: Portal, browser_at_corp: Browser) -> None:
    """Login CSRF: Mallory lets the provider answer her own request, and has Alice's browser post it."""
    message = portal.idp.signed(Browser().said())
    assert reason(browser_at_corp.arrive(message)) == "state"


def test_a_browser_without_the_key_gets_nothing(portal: Portal, browser_at_corp: Browser) -> None:
    assert browser_at_corp.post(portal.idp.signed(browser_at_corp.said())).status_code == 303
    assert reason(Client().get("/accounts/saml/corp/acs/finish/")) == "state"


def test_an_answer_to_one_provider_is_none_to_another(portal: Portal, browser_at_corp: Browser) -> None:
    """Mix-up: an honest provider's assertion at the other one's door, and the other way round."""
    message = portal.idp.signed(browser_at_corp.said())
    answer = Client().post("/accounts/saml/other/acs/", {"SAMLResponse": encoded(message)})
    assert reason(answer) == "malformed_message"  # a test client's form is multipart


def test_a_request_to_one_provider_is_not_answered_by_another(portal: Portal) -> None:
    asked_at_other = Browser(slug="other")
    said = asked_at_other.said()
    browser = Browser(client=asked_at_other.client)
    answer = browser.arrive(portal.idp.signed(browser.answer_to(said.in_response_to)))
    assert reason(answer) == "state"


def test_another_providers_assertion_at_this_door_is_refused(portal: Portal, browser_at_corp: Browser) -> None:
    said = browser_at_corp.said()
    at_other = Browser(slug="other")
    assert reason(at_other.arrive(portal.idp.signed(said))) == "recipient"


@pytest.mark.parametrize(
    "state", ["https://evil.example/", "//evil.example", "/admin/", "javascript:alert(1)", "x" * 9000]
)
def test_relay_state_leads_nowhere(portal: Portal, browser_at_corp: Browser, state: str) -> None:
    answer = browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said()), RelayState=state)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_the_session_of_before_is_not_the_one_of_after(portal: Portal, browser_at_corp: Browser) -> None:
    message = portal.idp.signed(browser_at_corp.said())
    before = browser_at_corp.client.session.session_key
    browser_at_corp.arrive(message)
    assert before != browser_at_corp.client.session.session_key
    assert browser_at_corp.client.session["sign_in"] == str(SignIn.objects.get().pk)


def test_groups_of_the_wrong_type_give_no_rights(portal: Portal, browser_at_corp: Browser) -> None:
    portal.set_up(uid_claim='"NameID"', email_claim='"NameID"')
    said = browser_at_corp.said(
        attributes={GROUP: []}, raw_values=f"<saml:AttributeValue>AWS</saml:AttributeValue>{NESTED}"
    )
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
    sign_in = SignIn.objects.get()
    alone = ["domain:example.com", "subject:corp:alice@example.com", "user:alice@example.com"]
    assert (sign_in.principals, sign_in.groups_problem) == (alone, "malformed")
