"""Who an assertion speaks of: each guard by itself, everything else being right."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.providers.declared import Kind, SamlProvider
from accounts.refusals import Reason, SignInRefused
from accounts.saml.assertion import Assertion
from accounts.saml.person import EMAIL_FORMAT, NAME_ID, TRANSIENT, UPN, identity_from

pytestmark = pytest.mark.usefixtures("_every_group_is_named")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CORP = SamlProvider(
    slug="corp",
    kind=Kind.SAML,
    name="Corp",
    domains=frozenset({"example.com"}),
    entity_id="urn:idp",
    email_trusted=True,
    email_claim="mail",
    name_claim="cn",
    given_name_claim="given",
    family_name_claim="sn",
    groups_claim="groups",
)
SAID = Assertion(
    id="_a",
    in_response_to="_r",
    name_id={"value": "alice-1", "format": "urn:x"},
    session_index="_s",
    authenticated_at=NOW,
    usable_until=NOW,
    attributes={"mail": ["Alice@example.com"], "cn": ["Alice Able"], "groups": ["One", "Two"], "uid": ["alice"]},
)


def said(**attributes: list[str | None]) -> Assertion:
    return replace(SAID, attributes={**SAID.attributes, **attributes})


def refusal(provider: SamlProvider, assertion: Assertion) -> tuple[Reason, str]:
    with pytest.raises(SignInRefused) as caught:
        identity_from(provider, assertion, NOW)
    return caught.value.reason, caught.value.detail


def test_everything_that_is_told_has_its_place() -> None:
    found = identity_from(CORP, replace(said(), attributes={**SAID.attributes, UPN: ["alice@ad"]}), NOW)
    assert (found.subject, found.email, found.name) == ("alice-1", "alice@example.com", "Alice Able")
    assert (found.provider_session, found.name_id, found.claims["upn"]) == ("_s", SAID.name_id, "alice@ad")
    assert (found.groups, found.authentication_asserted) == (("One", "Two"), True)


def test_a_name_may_come_in_two_parts() -> None:
    assert identity_from(CORP, said(cn=[""], given=["Alice"], sn=["Able"]), NOW).name == "Alice Able"


BY_UID, BY_NAME_ID = replace(CORP, uid_claim="uid"), replace(CORP, uid_claim=NAME_ID)
LONGEST = "a" * 191


@pytest.mark.parametrize("value", ["a", LONGEST, "CORP\\alice", "a b"])
def test_a_subject_is_a_line_of_so_many_characters(value: str) -> None:
    assert identity_from(BY_UID, said(uid=[value]), NOW).subject == value
    for provider in (CORP, BY_NAME_ID):
        assert identity_from(provider, replace(SAID, name_id={"value": value}), NOW).subject == value


@pytest.mark.parametrize("value", ["", LONGEST + "a", "a\u2028b", "a\x00"])
def test_what_is_none_is_no_subject(value: str) -> None:
    assert refusal(BY_UID, said(uid=[value])) == (Reason.NAME_ID, "no usable uid")
    for provider in (CORP, BY_NAME_ID):
        assert refusal(provider, replace(SAID, name_id={"value": value})) == (Reason.NAME_ID, "no usable NameID")


@pytest.mark.parametrize("values", [[], [None], ["alice", "alice"], ["alice", "bob"]])
def test_a_claim_names_one_subject(values: list[str | None]) -> None:
    assert refusal(BY_UID, said(uid=values)) == (Reason.NAME_ID, "no usable uid")


def test_a_transient_name_id_is_nobody_unless_a_claim_says_who() -> None:
    passing = replace(SAID, name_id={"value": "x", "format": TRANSIENT})
    for provider in (CORP, BY_NAME_ID):
        assert refusal(provider, passing) == (Reason.NAME_ID, "the NameID is transient")
    assert identity_from(BY_UID, passing, NOW).subject == "alice"


@pytest.mark.parametrize(
    ("values", "email"),
    [
        (["alice@example.com"], "alice@example.com"),
        (["ALICE@example.com", "alice@example.com"], "alice@example.com"),
        ([], ""),
        (["alice@elsewhere.example"], ""),
    ],
)
def test_one_address_in_any_spelling(values: list[str | None], email: str) -> None:
    assert identity_from(replace(CORP, email_optional=True), said(mail=values), NOW).email == email


@pytest.mark.parametrize("values", [["a@example.com", "b@example.com"], ["a@example.com", None]])
def test_two_addresses_are_too_many(values: list[str | None]) -> None:
    assert refusal(CORP, said(mail=values)) == (Reason.EMAILS, "2 values of mail")


@pytest.mark.parametrize(("form", "email"), [(EMAIL_FORMAT, "alice@example.com"), ("urn:x", ""), (None, "")])
def test_a_name_id_is_an_address_by_its_format_alone(form: str | None, email: str) -> None:
    provider = replace(CORP, email_claim=NAME_ID, email_optional=True)
    told: dict[str, Any] = {"value": "alice@example.com", **({"format": form} if form else {})}
    assert identity_from(provider, replace(SAID, name_id=told), NOW).email == email


def test_what_entra_sends_in_place_of_groups_is_a_problem() -> None:
    link: dict[str, list[str | None]] = {"http://schemas.microsoft.com/claims/groups.link": ["https://graph.example/"]}
    found = identity_from(CORP, replace(SAID, attributes=SAID.attributes | link), NOW)
    assert (found.groups, found.groups_problem) == ((), "overage")
    assert identity_from(CORP, SAID, NOW).groups_problem == ""


def test_all_that_was_said_can_be_looked_at() -> None:
    asserted = identity_from(CORP, SAID, NOW).asserted
    assert asserted == {"NameID": SAID.name_id, "SessionIndex": "_s", **SAID.attributes}
