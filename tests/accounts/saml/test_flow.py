"""Signing in by SAML, from the button to the session."""

import pytest

from accounts.models import SignIn
from tests.accounts.conftest import Name
from tests.accounts.saml.conftest import Browser, Portal

pytestmark = pytest.mark.django_db


def test_a_person_signs_in(portal: Portal, browser_at_corp: Browser, name_groups: Name) -> None:
    name_groups("group:corp:AWS-Dev-Read", "group:corp:AWS-Prod-Admin")
    answer = browser_at_corp.arrive(portal.idp.signed(browser_at_corp.said()))
    assert answer.status_code == 302, answer.content
    sign_in = SignIn.objects.get()
    assert (sign_in.provider, sign_in.subject, sign_in.email) == (
        "corp",
        "alice@ad.example.internal",
        "alice@example.com",
    )
    assert sign_in.principals == [
        "domain:example.com",
        "group:corp:AWS-Dev-Read",
        "group:corp:AWS-Prod-Admin",
        "subject:corp:alice@ad.example.internal",
        "user:alice@example.com",
    ]
    assert browser_at_corp.client.get("/sign-ins/").status_code == 200
