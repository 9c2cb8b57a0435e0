"""Signing in by SAML, from the button to the session, with what a provider really sends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.journey import Journey, Purpose
from accounts.models import SignIn, User
from accounts.providers import saml
from accounts.saml import documents, flow, redirect
from accounts.saml.assertion import Assertion
from accounts.saml.person import GROUPS_LINK, identity_from
from audit.models import Event
from tests.accounts.conftest import Name
from tests.accounts.saml.conftest import Browser, Portal, reason
from tests.accounts.saml.idp import ALICE, EMAIL, FORMAT, GIVEN_NAME, GROUP, NAME, SURNAME, UPN, parse, sign, text_of

pytestmark = pytest.mark.django_db


def groups() -> list[str]:
    found = [name.removeprefix("group:corp:") for name in SignIn.objects.get().principals if name.startswith("group:")]
    return sorted(found)


def test_a_person_signs_in(portal: Portal, browser_at_corp: Browser, name_groups: Name) -> None:
    """AD FS by default: attributes by claim URI, two groups, a NameID, the assertion alone signed."""
    name_groups("group:corp:AWS-Dev-Read", "group:corp:AWS-Prod-Admin")
    answer = browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said()))
    sign_in = SignIn.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert (sign_in.provider, sign_in.subject) == ("corp", "alice@ad.example.internal")
    assert (sign_in.email, sign_in.user.name) == ("alice@example.com", "Alice Able")
    assert {"user:alice@example.com", "domain:example.com"} <= set(sign_in.principals)
    assert groups() == ["AWS-Dev-Read", "AWS-Prod-Admin"]
    assert browser_at_corp.client.get("/sign-ins/").status_code == 200
    assert Event.objects.filter(tag="accounts:sign_in:start").count() == 1


def test_groups_that_entra_left_out_are_a_problem(portal: Portal, browser_at_corp: Browser, name_groups: Name) -> None:
    name_groups("group:corp:AWS-Dev-Read", "group:corp:AWS-Prod-Admin")
    said = browser_at_corp.said(attributes={**ALICE, GROUPS_LINK: ["https://graph.windows.net/x/getMemberObjects"]})
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
    assert (groups(), SignIn.objects.get().groups_problem) == ([], "overage")


def test_what_single_logout_needs_is_kept(portal: Portal, browser_at_corp: Browser) -> None:
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said()))
    sign_in = SignIn.objects.get()
    assert (sign_in.name_id, sign_in.provider_session) == (
        {"value": "alice@example.com", "format": FORMAT},
        "_session-1",
    )


def test_the_response_may_be_signed_as_well(portal: Portal, browser_at_corp: Browser) -> None:
    root = portal.idp.signed(browser_at_corp.said())
    sign(root, portal.idp.hand)
    assert browser_at_corp.arrive(parse(text_of(root))).status_code == 302


def test_a_signed_response_must_say_where_it_goes(portal: Portal, browser_at_corp: Browser) -> None:
    root = portal.idp.signed(browser_at_corp.said(destination=None))
    sign(root, portal.idp.hand)
    assert reason(browser_at_corp.arrive(parse(text_of(root)))) == "recipient"


@pytest.mark.parametrize("changes", [{"destination": None}, {"response_issuer": None}, {"session_index": None}])
def test_what_may_be_left_out_may_be_left_out(
    portal: Portal, browser_at_corp: Browser, changes: dict[str, None]
) -> None:
    assert browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(**changes))).status_code == 302


def test_no_name_id_is_no_error_where_a_claim_says_who_somebody_is(portal: Portal, browser_at_corp: Browser) -> None:
    """AD FS sends none unless a rule issues one."""
    said = browser_at_corp.said(name_id=None)
    assert browser_at_corp.arrive(portal.idp.signed(said)).status_code == 302
    assert (SignIn.objects.get().subject, SignIn.objects.get().name_id) == ("alice@ad.example.internal", {})


def test_the_same_person_comes_back_as_the_same(portal: Portal) -> None:
    for number in range(2):
        browser = Browser()
        said = browser.said(assertion_id=f"_a{number}", attributes={**ALICE, EMAIL: [f"alice{number}@example.com"]})
        browser.arrive(portal.idp.signed(said))
    assert (User.objects.count(), User.objects.get().email) == (1, "alice1@example.com")


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (["AWS-Prod-Admin"], ["AWS-Prod-Admin"]),
        ([], []),
        ([""], []),
        (["EXAMPLE\\AWS", "CN=AWS,OU=Groups,DC=example"], ["CN=AWS,OU=Groups,DC=example", "EXAMPLE\\AWS"]),
        (["aws", "AWS"], ["AWS", "aws"]),
        (["AWS "], ["AWS "]),
    ],
)
def test_groups_are_kept_as_they_come(
    portal: Portal, browser_at_corp: Browser, name_groups: Name, values: list[str], kept: list[str]
) -> None:
    name_groups(*(f"group:corp:{value}" for value in values if value))
    attributes = ALICE | ({GROUP: values} if values else {})
    if not values:
        attributes = {name: value for name, value in ALICE.items() if name != GROUP}
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(attributes=attributes)))
    assert groups() == kept


def test_two_attributes_of_one_name_are_one(portal: Portal, browser_at_corp: Browser, name_groups: Name) -> None:
    name_groups(*(f"group:corp:AWS-{name}" for name in ("Audit", "Dev-Read", "Prod-Admin")))
    root = parse(text_of(portal.idp.signed(browser_at_corp.said())))
    signed = root.find("saml:Assertion", documents.NS)
    signed.remove(signed.find("ds:Signature", documents.NS))
    group = signed.findall(".//saml:Attribute", documents.NS)[-1]
    group.addnext(parse(text_of(group).replace("AWS-Prod-Admin", "AWS-Audit")))
    sign(signed, portal.idp.hand)
    assert browser_at_corp.arrive(parse(text_of(root))).status_code == 302
    assert groups() == ["AWS-Audit", "AWS-Dev-Read", "AWS-Prod-Admin"]


@pytest.mark.parametrize("name", ["Zoë <i>", "O'Neil & Söhne", "x" * 200, "אבג", "<script>alert(1)</script>"])
def test_names_are_names(portal: Portal, browser_at_corp: Browser, name: str) -> None:
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(attributes={**ALICE, NAME: [name]})))
    assert User.objects.get().name == name
    assert "<script>alert" not in browser_at_corp.client.get("/sign-ins/").content.decode()


def test_a_name_may_come_in_two_parts(portal: Portal, browser_at_corp: Browser) -> None:
    attributes = {
        **{key: value for key, value in ALICE.items() if key != NAME},
        GIVEN_NAME: ["Alice"],
        SURNAME: ["Able"],
    }
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(attributes=attributes)))
    assert User.objects.get().name == "Alice Able"


def test_an_address_outside_the_declared_domains_gives_nothing(portal: Portal, browser_at_corp: Browser) -> None:
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(attributes={**ALICE, EMAIL: ["a@evil.example"]})))
    assert SignIn.objects.get().email == ""
    assert not [name for name in SignIn.objects.get().principals if name.startswith(("user:", "domain:"))]


def test_an_upn_is_no_address(portal: Portal, browser_at_corp: Browser) -> None:
    portal.set_up(email_optional="true")
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(attributes={UPN: ["alice@example.com"]})))
    assert (SignIn.objects.get().email, SignIn.objects.get().subject) == ("", "alice@example.com")


@pytest.mark.parametrize(("form", "email"), [(FORMAT, "alice@example.com"), (None, "")])
def test_the_name_id_is_an_address_where_the_file_and_its_format_say_so(
    portal: Portal, browser_at_corp: Browser, form: str | None, email: str
) -> None:
    portal.set_up(email_claim='"NameID"', email_optional="true")
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(name_id_format=form)))
    assert SignIn.objects.get().email == email


def test_a_page_that_was_asked_for_is_come_back_to(portal: Portal, browser_at_corp: Browser) -> None:
    address = browser_at_corp.start(next="/sign-ins/")
    request_id = documents.parsed(redirect.carried(address.partition("?")[2]).xml).get("ID")
    answer = browser_at_corp.arrive(portal.idp.signed(browser_at_corp.answer_to(request_id)))
    assert answer.headers["Location"] == "/sign-ins/"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_no_page_elsewhere_is_come_back_to(portal: Portal, browser_at_corp: Browser, address: str) -> None:
    started = browser_at_corp.start(next=address)
    request_id = documents.parsed(redirect.carried(started.partition("?")[2]).xml).get("ID")
    answer = browser_at_corp.arrive(portal.idp.signed(browser_at_corp.answer_to(request_id)))
    assert answer.headers["Location"] == "/"


def test_two_tabs_do_not_disturb_each_other(portal: Portal, browser_at_corp: Browser) -> None:
    first, second = browser_at_corp.said(), browser_at_corp.said(assertion_id="_assertion-2")
    assert browser_at_corp.arrive(portal.idp.signed(first)).status_code == 302
    assert browser_at_corp.arrive(portal.idp.signed(second)).status_code == 302
    assert sorted(SignIn.objects.values_list("end_reason", flat=True)) == ["", "replaced"]


def test_when_somebody_authenticated_is_what_the_provider_says(portal: Portal, browser_at_corp: Browser) -> None:
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said(authenticated=-3600)))
    sign_in = SignIn.objects.get()
    assert abs(timezone.now() - sign_in.authenticated_at - timedelta(hours=1)) < timedelta(minutes=1)


def test_a_clock_that_is_a_little_ahead_authenticates_nobody_in_the_future(portal: Portal) -> None:
    now = timezone.now()
    said = Assertion("_a", "_r", {}, "", now + timedelta(seconds=50), now, {UPN: ["alice"], EMAIL: ["a@example.com"]})
    identity = identity_from(saml()["corp"], said, now)
    assert (identity.authenticated_at, identity.authentication_asserted) == (now, True)


@pytest.mark.parametrize(("max_age", "forced"), [(None, None), (0, "true"), (300, "true")])
def test_a_step_up_asks_for_credentials_again(portal: Portal, max_age: int | None, forced: str | None) -> None:
    request = Client().request().wsgi_request
    journey = Journey(purpose=Purpose.STEP_UP, sign_in="x", max_age=max_age)
    answer = flow.begin(request=request, provider=saml()["corp"], journey=journey)
    root = documents.parsed(redirect.carried(answer.headers["Location"].partition("?")[2]).xml)
    assert root.get("ForceAuthn") == forced


def test_everything_that_was_said_can_be_looked_at(portal: Portal) -> None:
    now = timezone.now()
    said = Assertion(
        "_a", "_r", {"value": "n"}, "_s", now, now, {UPN: ["alice"], EMAIL: ["a@example.com"], "x": [None]}
    )
    asserted = identity_from(saml()["corp"], said, now).asserted
    assert asserted == {
        "NameID": {"value": "n"},
        "SessionIndex": "_s",
        UPN: ["alice"],
        EMAIL: ["a@example.com"],
        "x": [None],
    }


def test_a_person_who_was_switched_off_does_not_come_in(portal: Portal, browser_at_corp: Browser) -> None:
    browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said()))
    User.objects.update(is_active=False)
    again = Browser()
    answer = again.arrive(portal.idp.signed(again.said(assertion_id="_assertion-2")))
    event = Event.objects.get(tag="accounts:sign_in:refuse")
    assert (answer.status_code, event.details["reason"], SignIn.objects.count()) == (403, "inactive", 1)
