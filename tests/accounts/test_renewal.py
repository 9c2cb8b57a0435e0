"""A refresh that brings no ID token: what userinfo says counts, and what nobody says changes nothing."""

from typing import Any

import pytest

from accounts.models import RefreshPause, SignIn
from accounts.renewal import ProviderUnreachable, SignInEnded, read, renew
from tests.accounts.conftest import Name, forget
from tests.accounts.oidc.plain_provider import Plain
from tests.accounts.oidc.test_plain_provider import come_back, has_userinfo, plain
from tests.accounts.test_tokens import kept

__all__ = ["plain"]
pytestmark = pytest.mark.django_db
OWN = ["subject:plain:f3a1", "user:alice@example.com"]
RIGHTS = ["domain:example.com", "group:plain:aws", *OWN]
ALICE = {"sub": "f3a1", "email": "alice@example.com", "email_verified": True}


@pytest.fixture
def alice(plain: Plain, name_groups: Name) -> SignIn:
    """Alice, with a group, at a provider whose refreshes bring no ID token."""
    name_groups("group:plain:aws", "group:plain:other")
    plain.refreshes_id_token, plain.refresh_token = False, "first"
    plain.claims |= {"groups": ["aws"], "email_verified": True}
    has_userinfo(plain)
    assert come_back(plain).status_code == 302
    return SignIn.objects.get(principals=RIGHTS)


def renewed(sign_in: SignIn) -> tuple[bool, list[str]]:
    """Renew, and return whether that confirmed the sign-in, and its rights."""
    renew(sign_in, read(sign_in))
    found = SignIn.objects.get()
    return found.refreshed_at is not None, found.principals


def test_userinfo_says_who_this_is_now(alice: SignIn, plain: Plain) -> None:
    plain.userinfo, token = {**ALICE, "groups": ["other"]}, kept(alice)
    assert renewed(alice) == (True, ["domain:example.com", "group:plain:other", *OWN])
    assert kept(SignIn.objects.get()) == token


def test_an_empty_list_of_groups_takes_them_away(alice: SignIn, plain: Plain) -> None:
    plain.userinfo = {**ALICE, "groups": []}
    assert renewed(alice) == (True, ["domain:example.com", *OWN])


@pytest.mark.parametrize("said", [ALICE, {"sub": "f3a1", "groups": ["aws"]}])
def test_what_userinfo_never_speaks_of_is_not_confirmed(alice: SignIn, plain: Plain, said: dict[str, Any]) -> None:
    plain.userinfo, plain.refresh_token = said, "second"
    before = read(alice).refresh_token
    assert renewed(alice) == (False, RIGHTS)
    assert read(alice).refresh_token != before
    assert RefreshPause.objects.get().key == str(alice.pk)


def test_without_userinfo_nothing_is_confirmed(alice: SignIn, plain: Plain) -> None:
    del plain.discovery["userinfo_endpoint"]
    forget()
    assert renewed(alice) == (False, RIGHTS)


def test_somebody_elses_userinfo_is_refused(alice: SignIn, plain: Plain) -> None:
    plain.userinfo = {**ALICE, "sub": "another", "groups": ["admins"]}
    with pytest.raises(ProviderUnreachable):
        renew(alice, read(alice))
    assert SignIn.objects.get().principals == RIGHTS


def test_a_sign_in_that_ended_meanwhile_gets_nothing_back(alice: SignIn, plain: Plain) -> None:
    held = read(alice)
    SignIn.objects.update(ended_at=alice.started_at, end_reason="signed_out", refresh_token="")
    plain.userinfo = {**ALICE, "groups": ["aws"]}
    with pytest.raises(SignInEnded):
        renew(alice, held)
    assert SignIn.objects.get().refresh_token == ""
