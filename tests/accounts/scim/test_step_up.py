"""Whoever confirms at their provider is held to what the directory says of them at that moment."""

from dataclasses import replace

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.journey import Journey, Purpose
from accounts.models import SignIn
from accounts.refusals import SignInRefused
from accounts.step_up.arrive import arrive
from tests.accounts.scim.conftest import Pushing
from tests.accounts.scim.people import identity
from tests.conftest import MakeRole, Signed

ADMINS = "group:okta:AWS-Admins"


def arrives(sign_in: SignIn) -> None:
    request: HttpRequest = RequestFactory().get("/")
    request.session, request.sign_in = SessionStore(), sign_in  # type: ignore[attr-defined]  # as the middleware does
    said = identity("okta", subject="alice", email="alice@example.com", principals=["group:okta:Of-The-Token"])
    journey = Journey(purpose=Purpose.STEP_UP, sign_in=str(sign_in.pk))
    arrive(request=request, social=None, identity=replace(said, authentication_asserted=True), journey=journey)


def test_the_groups_of_the_directory_are_the_rights(okta: Pushing, signed_in: Signed, make_role: MakeRole) -> None:
    make_role("Admin", ADMINS)
    sign_in = signed_in("alice", provider="okta")
    okta.group("AWS-Admins", okta.user("alice"))
    arrives(sign_in)
    sign_in.refresh_from_db()
    assert (sign_in.principals, sign_in.authentication_asserted) == ([ADMINS], True)


def test_who_has_left_confirms_nothing(okta: Pushing, signed_in: Signed) -> None:
    okta.deactivate(okta.user("alice"))
    sign_in = signed_in("alice", provider="okta")
    with pytest.raises(SignInRefused, match="left"):
        arrives(sign_in)
    sign_in.refresh_from_db()
    assert sign_in.authentication_asserted is False
