"""Which pushed user is which person: one key, compared whole."""

from typing import Any

import pytest

from accounts.refusals import Reason, SignInRefused
from accounts.scim.standing import admitted
from tests.accounts.scim.conftest import Pushing
from tests.accounts.scim.people import identity, refusal_of

GONE: dict[str, Any] = {
    "okta": {"externalId": "00uAlice"},
    "entra": {"externalId": "0a21-alice"},
    "keycloak": {"userName": "Alice", "emails": [{"value": "Alice@Example.com", "type": "work"}]},
    "fs": {"userName": "Alice@AD.example.internal"},
}
WHO: list[tuple[str, dict[str, str], bool]] = [
    ("okta", {"subject": "00uAlice"}, True),
    ("okta", {"subject": "00ualice"}, False),
    ("okta", {"subject": "00uAlice2"}, False),
    ("okta", {"subject": "other", "email": "alice@example.com"}, False),
    ("entra", {"oid": "0a21-alice"}, True),
    ("entra", {"subject": "0a21-alice"}, False),
    ("entra", {"oid": "0a21-alice2"}, False),
    ("keycloak", {"email": "alice@example.com"}, True),
    ("keycloak", {"email": "", "claims_email": "ALICE@example.com"}, True),
    ("keycloak", {"email": "alice@example.co"}, False),
    ("keycloak", {"email": "malice@example.com"}, False),
    ("keycloak", {"subject": "Alice"}, False),
    ("fs", {"upn": "alice@ad.example.internal"}, True),
    ("fs", {"upn": "", "preferred_username": "ALICE@ad.example.internal"}, True),
    ("fs", {"upn": "bob@ad.example.internal", "preferred_username": "alice@ad.example.internal"}, False),
    ("fs", {"email": "alice@ad.example.internal"}, False),
]


@pytest.mark.parametrize(("slug", "who", "left"), WHO)
def test_who_has_left_is_told_by_one_key(slug: str, who: dict[str, str], *, left: bool) -> None:
    Pushing(slug).user("alice", active=False, **GONE[slug])
    somebody = identity(slug, **{key: value for key, value in who.items() if key != "claims_email"})
    somebody.claims.update({"email": who["claims_email"]} if "claims_email" in who else {})
    assert refusal_of(somebody) == (Reason.LEFT if left else "")


def test_the_user_name_is_an_address_too_where_addresses_are_compared(keycloak: Pushing) -> None:
    keycloak.user("alice", active=False)
    with pytest.raises(SignInRefused, match="left"):
        admitted(identity("keycloak", email="alice@example.com"))


def test_a_user_without_a_key_is_nobody(okta: Pushing) -> None:
    okta.user("alice", active=False, externalId="")
    assert admitted(identity("okta", subject="")).subject == ""


def test_letters_that_unicode_takes_for_the_same_are_the_same(keycloak: Pushing) -> None:
    Pushing("fs").user("zoe", active=False, userName="Zoe\u0308@example.com")
    with pytest.raises(SignInRefused, match="left"):
        admitted(identity("fs", upn="ZO\u00cb@example.com"))
