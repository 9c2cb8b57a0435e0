"""Mappings that name one person by the provider's own id of them."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import SignIn
from roles.access import Refused, grant_for
from roles.explain import explain
from roles.models import PortalRoleMapping, RoleMapping
from roles.portal_roles import portal_roles_for
from roles.principals import known_principals
from roles.validators import principal
from tests.conftest import SANDBOX, Browser, MakeRole, Signed

ALICE = "subject:facebook:10215241773831025"


@pytest.fixture
def at_facebook(signed_in: Signed) -> SignIn:
    """Alice as Facebook knows her, without an address."""
    sign_in = signed_in("alice", provider="facebook")
    SignIn.objects.filter(pk=sign_in.pk).update(principals=[ALICE])
    sign_in.refresh_from_db()
    return sign_in


@pytest.mark.parametrize(
    "value",
    [
        ALICE,
        "subject:amazon:amzn1.account.AEZ",
        "subject:adfs:pX0c3+5hJ/3pYb3X=",
        "subject:entra:a b:c",
        "subject:x:" + "9" * 255,
    ],
)
def test_a_subject_is_taken_as_it_is_sent(value: str) -> None:
    principal(value)


@pytest.mark.parametrize(
    "value",
    [
        "subject:",
        "subject:facebook",
        "subject:facebook:",
        "subject::1",
        "subject:Facebook:1",
        "subject:f:a\nb",
        "Subject:f:1",
        "subject:x:" + "9" * 256,
    ],
)
def test_what_is_no_subject_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="subject:facebook:"):
        principal(value)


def test_the_one_person_may_and_nobody_else(at_facebook: SignIn, bob: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", ALICE)
    assert grant_for(sign_in=at_facebook, account_id=SANDBOX, role_name="S3ReadOnly").principal == ALICE
    with pytest.raises(Refused):
        grant_for(sign_in=bob, account_id=SANDBOX, role_name="S3ReadOnly")


@pytest.mark.parametrize("near", ["subject:facebook:1021524177383102", "subject:amazon:10215241773831025"])
def test_a_subject_that_resembles_is_another(at_facebook: SignIn, make_role: MakeRole, near: str) -> None:
    make_role("S3ReadOnly", near)
    with pytest.raises(Refused):
        grant_for(sign_in=at_facebook, account_id=SANDBOX, role_name="S3ReadOnly")


def test_the_explanation_names_it(at_facebook: SignIn, make_role: MakeRole) -> None:
    found = explain(user=at_facebook.user, role=make_role("S3ReadOnly", ALICE))
    assert (found.may, found.steps[0].text.startswith(f"The sign-in carries {ALICE}")) == (True, True)


def test_one_can_administer_by_it(at_facebook: SignIn) -> None:
    assert portal_roles_for(at_facebook) == frozenset()
    PortalRoleMapping.objects.create(principal=ALICE, portal_role="auditor")
    assert portal_roles_for(at_facebook) == {"auditor"}


def test_subjects_are_offered_last(at_facebook: SignIn, make_role: MakeRole) -> None:
    make_role("S3ReadOnly", "user:alice@example.com", "group:adfs:Dev")
    assert known_principals() == ["group:adfs:Dev", "user:alice@example.com", ALICE]


def test_the_form_takes_it_and_says_what_it_takes(signed_in: Signed, browser: Browser, make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly")
    client: Client = browser(administrator(signed_in))
    assert "subject:facebook:" in client.get("/admin/roles/rolemapping/add/").content.decode()
    answer = client.post("/admin/roles/rolemapping/add/", {"role": role.pk, "principal": ALICE, "note": ""})
    assert (answer.status_code, RoleMapping.objects.get().principal) == (302, ALICE)


def administrator(signed_in: Signed) -> SignIn:
    erin = signed_in("erin")
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    return erin
