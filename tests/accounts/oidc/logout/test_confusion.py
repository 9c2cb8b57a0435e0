"""A logout token is no ID token, neither at sign-in nor at a refresh, where no nonce would give it away."""

from typing import Any

import pytest

from accounts.models import SignIn
from accounts.tokens import TokenUnavailable, web_identity_token_for
from audit.models import Event
from demo.idp.testing import LocalIdp
from tests.accounts.conftest import SignInAs, Walk, refused
from tests.accounts.oidc.logout.test_back import EVENT
from tests.accounts.test_tokens import kept, left

pytestmark = pytest.mark.django_db
POSED = [{"header": {"typ": "logout+jwt"}}, {"claims": {"set": {"events": {EVENT: {}}}}}, {"header": {"typ": "at+jwt"}}]


@pytest.mark.parametrize("forgery", POSED)
def test_it_signs_nobody_in(idp: LocalIdp, walk: Walk, forgery: dict[str, Any]) -> None:
    idp.fault(**forgery)
    assert refused(walk.sign_in(idp.slug)).details["reason"] == "malformed_token"


@pytest.mark.parametrize("forgery", POSED)
def test_it_renews_nothing(idp: LocalIdp, real_sign_in: SignInAs, forgery: dict[str, Any]) -> None:
    sign_in = real_sign_in(idp.slug)
    token = kept(sign_in)
    left(sign_in, 30)
    idp.fault(**forgery)
    with pytest.raises(TokenUnavailable):
        web_identity_token_for(sign_in=sign_in)
    assert kept(SignIn.objects.get()) == token
    assert Event.objects.get(tag="accounts:sign_in:refresh").details["reason"] == "malformed_token"


def test_a_genuine_logout_token_in_its_place_renews_nothing(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    left(sign_in, 30)
    token = idp.logout_token(claims={"set": {"email": "erin@example.com", "group": ["Daypass-Admins"]}})
    idp.fault(token_response={"set": {"id_token": token}})
    with pytest.raises(TokenUnavailable):
        web_identity_token_for(sign_in=sign_in)
    assert SignIn.objects.get().principals == sign_in.principals


def test_a_claim_of_that_name_alone_is_no_harm(idp: LocalIdp, walk: Walk) -> None:
    idp.fault(claims={"set": {"events": ["login"]}})
    assert walk.sign_in(idp.slug).status_code == 302
