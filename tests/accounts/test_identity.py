import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.identity import Identity, identity_of
from accounts.providers.declared import Kind
from accounts.refusals import Reason, SignInRefused
from tests.accounts.test_principals import GOOD as ASSERTED
from tests.accounts.test_principals import JSON, provider

pytestmark = pytest.mark.usefixtures("_every_group_is_named")
GOOD: Any = ASSERTED
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BASE = {"sub": "s-1", "exp": 1790003600, "iat": 1790000000}


def identity(kind: Kind = Kind.GOOGLE, *, email_optional: bool = False, **claims: Any) -> Identity:
    declared = provider(kind, email_optional=email_optional)
    return identity_of(declared, {**BASE, **claims}, web_identity_token="raw", refresh_token="again", now=NOW)


@pytest.mark.parametrize("hd", [None, "evil.example", "", ["example.com"]])
def test_google_lets_in_hosted_domains_alone(hd: object) -> None:
    with pytest.raises(SignInRefused) as caught:
        identity(email="alice@example.com", email_verified=True, hd=hd)
    assert (caught.value.reason, caught.value.subject) == (Reason.DOMAIN, "s-1")


@pytest.mark.parametrize("email", [None, "", "alice", ["alice@example.com"], 7])
def test_without_an_address_nobody_comes_in(email: object) -> None:
    with pytest.raises(SignInRefused) as caught:
        identity(Kind.ADFS, email=email, upn="alice@example.com")
    assert caught.value.reason is Reason.EMAIL


def test_without_an_address_groups_may_be_enough() -> None:
    found = identity(Kind.ADFS, email_optional=True, group="AWS", upn="alice@example.com")
    assert (found.email, found.principals) == ("", ["group:adfs:AWS", "subject:adfs:s-1"])


def test_an_address_that_is_not_vouched_for_is_no_name_either() -> None:
    found = identity(Kind.ADFS, email="erin@elsewhere.example", name="Mallory")
    assert (found.email, found.name, found.principals) == ("", "Mallory", ["subject:adfs:s-1"])


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Zoë <i>"}, "Zoë <i>"),
        ({"given_name": "Zoë", "family_name": "O'Neil & Söhne"}, "Zoë O'Neil & Söhne"),
        ({"name": "\u202egro.evil\u202c\x00"}, "gro.evil"),
        ({"name": "x" * 300}, "x" * 200),
        ({"name": {"first": "A"}, "given_name": ["A"]}, ""),
        ({}, ""),
    ],
)
def test_names_of_every_shape(claims: Any, name: str) -> None:
    assert identity(**GOOD, **claims).name == name


@pytest.mark.parametrize(
    ("auth_time", "at"),
    [(1790000000, datetime.fromtimestamp(1790000000, UTC)), *((value, NOW) for value in (None, "x", True, 0, 1e12))],
)
def test_when_somebody_authenticated(auth_time: object, at: datetime) -> None:
    found = identity(**GOOD, auth_time=auth_time)
    assert (found.authenticated_at, found.authentication_asserted) == (at, auth_time == 1790000000)


@pytest.mark.parametrize(("ahead", "asserted"), [(60, True), (61, False)])
def test_a_clock_that_is_a_minute_ahead_still_says_when(ahead: int, asserted: bool) -> None:  # noqa: FBT001  # a table
    found = identity(**GOOD, auth_time=NOW.timestamp() + ahead)
    assert (found.authenticated_at, found.authentication_asserted) == (NOW, asserted)


def test_tokens_are_not_in_the_repr() -> None:
    assert "raw" not in repr(identity(**GOOD))


@given(st.fixed_dictionaries(dict.fromkeys(("name", "email", "hd", "upn", "unique_name", "auth_time"), JSON)))
def test_whatever_is_asserted_can_be_kept(claims: Any) -> None:
    found = identity(Kind.ADFS, email_optional=True, **claims)
    kept = json.dumps([found.claims, found.name, found.principals], ensure_ascii=False)
    assert kept.encode()
    assert "\\u0000" not in kept


@pytest.mark.parametrize(
    ("value", "kept"), [("s" * 255, "s" * 255), ("s" * 256, ""), ("a\u2028b", ""), (7, ""), (True, "")]
)
def test_a_session_is_called_by_what_can_be_looked_up(value: object, kept: str) -> None:
    assert identity(**GOOD, sid=value).provider_session == kept


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [("u" * 256, True), ("u" * 257, False), (True, True), (7, False), (["u"], False), ("\x00", False)],
)
def test_a_claim_is_kept_if_it_is_a_line_or_a_yes(value: object, is_kept: Any) -> None:
    assert ("upn" in identity(**GOOD, upn=value).claims) is is_kept


def test_of_other_claims_none_is_kept() -> None:
    assert set(identity(**GOOD, phone="1", oid="o", preferred_username="p").claims) == {
        *GOOD,
        "oid",
        "preferred_username",
    }


def test_half_a_name_is_a_name() -> None:
    assert [identity(**GOOD, given_name="Zoë").name, identity(**GOOD, family_name="Able").name] == ["Zoë", "Able"]
    assert identity(**GOOD, name="Zoë", given_name="x").name == "Zoë"
