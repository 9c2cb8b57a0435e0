from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.principals import address_of, groups_of, principals_of
from accounts.providers.declared import Kind, OpenIdProvider
from roles.validators import principal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def provider(kind: Kind = Kind.GOOGLE, **changes: Any) -> OpenIdProvider:
    domains = frozenset({"example.com", "example.org"})
    usual: dict[str, Any] = {
        "slug": str(kind),
        "name": "Somebody",
        "issuer": "https://id.example.com",
        "client_id": "me",
        "client_secret": "secret",
        "domains": domains,
        "hosted_domains": domains if kind is Kind.GOOGLE else frozenset(),
        "groups_claim": "" if kind is Kind.GOOGLE else "group",
        "email_trusted": kind is Kind.ADFS,
    }
    return OpenIdProvider(kind=kind, **{**usual, **changes})


GOOD = {"email": "Alice@Example.com", "email_verified": True, "hd": "example.com"}


def test_google_vouches_for_a_verified_address_of_a_hosted_domain() -> None:
    assert principals_of(provider(), GOOD) == ["domain:example.com", "user:alice@example.com"]


@pytest.mark.parametrize(
    "changes",
    [
        {"hd": None},
        {"hd": "evil.example"},
        {"hd": "example.com.evil.example"},
        {"hd": ["example.com"]},
        {"hd": ""},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": "false"},
        {"email_verified": 1},
        {"email_verified": None},
        {"email": "alice@evil.example"},
        {"email": "alice@sub.example.com"},
        {"email": "alice@example.com.evil.example"},
        {"email": "alice@evil-example.com"},
        {"email": "alice@example.com@evil.example"},
        {"email": "alice@evil.example@example.com"},
        {"email": "alice@example.com\n"},
        {"email": " alice@example.com"},
        {"email": "alice,bob@example.com"},
        {"email": "user:alice@example.com"},
        {"email": "@example.com"},
        {"email": "alice"},
        {"email": "\u212aim@example.com"},
        {"email": "alice@ex\u00e4mple.com"},
        {"email": "a" * 65 + "@example.com"},
        {"email": ["alice@example.com"]},
        {"email": {"address": "alice@example.com"}},
        {"email": None},
        {"email": 7},
    ],
)
def test_what_google_does_not_vouch_for_gives_nothing(changes: dict[str, Any]) -> None:
    assert principals_of(provider(), {**GOOD, **changes}) == []


def test_the_hosted_domain_and_the_address_may_be_two_of_ours() -> None:
    assert address_of(provider(), {**GOOD, "hd": "EXAMPLE.org"}) == "alice@example.com"


@pytest.mark.parametrize(
    ("trusted", "verified", "address"),
    [(False, None, ""), (False, "true", ""), (False, True, "a@example.com"), (True, None, "a@example.com")],
)
def test_another_provider_must_verify_or_be_trusted(trusted: Any, verified: Any, address: str) -> None:
    other = provider(Kind.OIDC, email_trusted=trusted)
    assert address_of(other, {"email": "a@example.com", "email_verified": verified}) == address


def test_adfs_is_trusted_within_its_domains_only() -> None:
    assert address_of(provider(Kind.ADFS), {"email": "a@example.com"}) == "a@example.com"
    assert address_of(provider(Kind.ADFS), {"email": "a@evil.example"}) == ""
    assert address_of(provider(Kind.ADFS), {"upn": "a@example.com"}) == ""


def test_a_upn_counts_where_the_file_says_so() -> None:
    assert address_of(provider(Kind.ADFS, email_claim="upn"), {"upn": "a@example.com"}) == "a@example.com"


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        ("AWS-Dev-Read", ["AWS-Dev-Read"]),
        ("Dev, Test", ["Dev, Test"]),
        (["A", "B", "A"], ["A", "B"]),
        (["EXAMPLE\\Admins", "CN=Admins,DC=example"], ["EXAMPLE\\Admins", "CN=Admins,DC=example"]),
        (["admins", "Admins"], ["admins", "Admins"]),
        (["Cafe\u0301"], ["Caf\u00e9"]),
        ("", []),
        ([], []),
        ([""], []),
        (None, []),
        ({"name": "A"}, []),
        ([["A"]], []),
        (["A", 7], []),
        (["A", None], []),
        (7, []),
        (True, []),
        (["a\nb", "c\u202ed", "e" * 401, "fine"], ["fine"]),
    ],
)
def test_groups_in_every_shape(claim: Any, groups: list[str]) -> None:
    assert groups_of(provider(Kind.ADFS), {"group": claim}) == groups


def test_groups_stand_under_the_configured_claim_alone() -> None:
    claims = {"groups": ["A"], "role": ["B"], "group": ["C"]}
    assert groups_of(provider(Kind.ADFS, groups_claim="role"), claims) == ["B"]
    assert groups_of(provider(Kind.GOOGLE), claims) == []


def test_too_many_groups_are_cut_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    names = [f"Group-{number:04d}" for number in range(600)]
    assert groups_of(provider(Kind.ADFS), {"group": names}) == names[:500]
    assert "600 groups; the first 500 count" in caplog.text


def test_too_long_a_list_is_cut_as_well() -> None:
    names = [f"{number:03d}" + "x" * 397 for number in range(300)]
    assert groups_of(provider(Kind.ADFS), {"group": names}) == names[:160]


@pytest.mark.parametrize("subject", ["f3a1", "pX0c3+5hJ/3pYb3X=", "CORP\\alice", "a:b", "9" * 255])
def test_a_subject_is_a_principal_of_its_provider(subject: str) -> None:
    principals = principals_of(provider(Kind.OIDC), {"sub": subject})
    assert principals == [f"subject:oidc:{subject}"]
    principal(principals[0])


@pytest.mark.parametrize("subject", [None, "", 7, ["a"], "a\nb", "\u202e", "9" * 256])
def test_what_is_no_subject_is_no_principal(subject: object) -> None:
    assert principals_of(provider(Kind.OIDC), {"sub": subject}) == []


@given(JSON, JSON, JSON, JSON, JSON)
def test_no_claim_of_any_shape_breaks_it(email: Any, verified: Any, hd: Any, group: Any, sub: Any) -> None:
    claims = {"email": email, "email_verified": verified, "hd": hd, "group": group, "sub": sub}
    for kind in Kind:
        for name in principals_of(provider(kind), claims):
            principal(name)
