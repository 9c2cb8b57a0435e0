import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.group_problems import Groups, Problem
from accounts.principals import PASSING_FOR_ASCII, address_of, groups_claimed, personal
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
    assert personal(provider(), GOOD) == ["domain:example.com", "user:alice@example.com"]


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
    assert personal(provider(), {**GOOD, **changes}) == []


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


@pytest.mark.parametrize("claim", ["preferred_username", "upn", "nickname"])
@pytest.mark.parametrize(("kind", "hd"), [(Kind.OIDC, None), (Kind.GOOGLE, "example.com")])
def test_email_verified_says_nothing_of_another_claim(kind: Kind, hd: str | None, claim: str) -> None:
    """Mallory's own address is verified; what she calls herself is not."""
    claims = {"email": "mallory@evil.example", "email_verified": True, "hd": hd, claim: "alice@example.com"}
    assert address_of(provider(kind, email_claim=claim), claims) == ""
    assert address_of(provider(Kind.OIDC, email_claim=claim, email_trusted=True), claims) == "alice@example.com"


DN = "CN=AWS\\, Prod (Admin),OU=Groups,DC=example,DC=com"


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["Cloud-Prod-Admin", "Cloud-Dev-Read"], ["Cloud-Prod-Admin", "Cloud-Dev-Read"]),
        ("Cloud-Dev-Read", ["Cloud-Dev-Read"]),
        ("Dev, Test", ["Dev, Test"]),
        (["A", "B", "A"], ["A", "B"]),
        (["EXAMPLE\\Cloud-Prod-Admin", DN], ["EXAMPLE\\Cloud-Prod-Admin", DN]),
        ("S-1-5-21-1111111111-2222222222-333333333-1601", ["S-1-5-21-1111111111-2222222222-333333333-1601"]),
        (["admins", "Admins", "Admins2"], ["admins", "Admins", "Admins2"]),
        (["Cafe\u0301"], ["Caf\u00e9"]),
        ("", []),
        ([], []),
        ([""], []),
        (None, []),
        (
            ["AWS\u00a0Admins", "Équipe\u202fAWS", "\u062a\u06cc\u0645\u200c\u0632"],
            ["AWS\u00a0Admins", "Équipe\u202fAWS", "\u062a\u06cc\u0645\u200c\u0632"],
        ),
        (["c\u202ed", "Ops \U0001f469\u200d\U0001f4bb"], ["c\u202ed", "Ops \U0001f469\u200d\U0001f4bb"]),
        (["e" * 400], ["e" * 400]),
    ],
)
def test_groups_in_every_shape(claim: Any, groups: list[str]) -> None:
    assert groups_claimed(provider(Kind.ADFS), {"group": claim}) == Groups(tuple(groups))


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x00b", "a\x85b", "a\u2028b", "a\ud800b", "e" * 401, "AWS-\u212aeys", "a\u037e", "\u1fef"]
)
def test_a_name_that_cannot_be_used_is_left_out_and_said_so(name: str) -> None:
    found = groups_claimed(provider(Kind.ADFS), {"group": [name, "fine", ""]})
    assert found == Groups(("fine",), Problem.UNREADABLE, "1 of 2 groups")


@pytest.mark.parametrize(
    ("claim", "detail"),
    [
        ({"name": "A"}, "group is an object"),
        ([["A"]], "group is a list that holds a list"),
        ([{"name": "A"}], "group is a list that holds an object"),
        (["A", 7], "group is a list that holds a number"),
        (["A", None], "group is a list that holds null"),
        (7, "group is a number"),
        (True, "group is a boolean"),
    ],
)
def test_a_claim_of_the_wrong_type_is_void_and_says_so(claim: Any, detail: str) -> None:
    assert groups_claimed(provider(Kind.ADFS), {"group": claim}) == Groups(problem=Problem.MALFORMED, detail=detail)


@pytest.mark.parametrize("name", ["groups", "role", "roles", "http://schemas.xmlsoap.org/claims/Group"])
def test_groups_stand_under_the_configured_claim_alone(name: str) -> None:
    claims = {
        "groups": ["A"],
        "role": ["B"],
        "roles": ["C"],
        "group": ["D"],
        "http://schemas.xmlsoap.org/claims/Group": ["E"],
    }
    assert groups_claimed(provider(Kind.ADFS, groups_claim=name), claims).names == tuple(claims[name])
    assert groups_claimed(provider(Kind.GOOGLE), claims) == Groups()


SOURCES = {"_claim_sources": {"src1": {"endpoint": "https://graph.microsoft.com/v1.0/users/1/getMemberObjects"}}}


@pytest.mark.parametrize(
    "claims",
    [
        {"_claim_names": {"groups": "src1"}, **SOURCES},
        {"_claim_names": {"groups": "src1"}, **SOURCES, "groups": ["A"]},
        {"hasgroups": True},
        {"hasgroups": "true"},
    ],
)
def test_groups_that_entra_left_out_are_a_problem(claims: dict[str, Any]) -> None:
    found = groups_claimed(provider(Kind.OIDC, groups_claim="groups"), claims)
    assert found == Groups(problem=Problem.OVERAGE, detail="the groups are not in the token")


@pytest.mark.parametrize(
    "claims",
    [{"_claim_names": {"manager": "src1"}}, {"_claim_names": ["groups"]}, {"hasgroups": False}, {"hasgroups": "no"}],
)
def test_what_only_looks_like_it_is_none(claims: dict[str, Any]) -> None:
    assert groups_claimed(provider(Kind.OIDC, groups_claim="groups"), claims) == Groups()


def test_many_groups_are_read_whole() -> None:
    names = tuple(f"Group-{number:04d}" for number in range(1500))
    assert groups_claimed(provider(Kind.ADFS), {"group": list(names)}) == Groups(names)


def test_no_other_character_passes_for_ascii() -> None:
    beyond = (chr(code) for code in (*range(128, 0xD800), *range(0xE000, sys.maxunicode + 1)))
    passing = [character for character in beyond if unicodedata.normalize("NFC", character).isascii()]
    assert passing == [character for character in passing if PASSING_FOR_ASCII.search(character)]
    assert len(passing) == 3


def test_too_many_groups_are_cut_and_said_so() -> None:
    names = [f"Group-{number:04d}" for number in range(2500)]
    found = groups_claimed(provider(Kind.ADFS), {"group": names})
    assert found == Groups(tuple(names[:2000]), Problem.TOO_MANY, "2500 groups, of which the first 2000 count")


def test_too_long_a_list_is_cut_as_well() -> None:
    names = [f"{number:03d}" + "x" * 397 for number in range(300)]
    found = groups_claimed(provider(Kind.ADFS), {"group": names})
    assert (found.names, found.problem) == (tuple(names[:250]), Problem.TOO_MANY)


@pytest.mark.parametrize("subject", ["f3a1", "pX0c3+5hJ/3pYb3X=", "CORP\\alice", "a:b", "9" * 255])
def test_a_subject_is_a_principal_of_its_provider(subject: str) -> None:
    principals = personal(provider(Kind.OIDC), {"sub": subject})
    assert principals == [f"subject:oidc:{subject}"]
    principal(principals[0])


@pytest.mark.parametrize("subject", [None, "", 7, ["a"], "a\nb", "\u2028", "9" * 256])
def test_what_is_no_subject_is_no_principal(subject: object) -> None:
    assert personal(provider(Kind.OIDC), {"sub": subject}) == []


@given(JSON, JSON, JSON, JSON, JSON)
def test_no_claim_of_any_shape_breaks_it(email: Any, verified: Any, hd: Any, group: Any, elsewhere: Any) -> None:
    claims = {
        "email": email,
        "email_verified": verified,
        "hd": hd,
        "group": group,
        "_claim_names": elsewhere,
        "sub": elsewhere,
    }
    for kind in Kind:
        declared = provider(kind)
        groups = groups_claimed(declared, claims).names
        for name in [*personal(declared, claims), *(f"group:{kind}:{group}" for group in groups)]:
            principal(name)


LOCAL = "a" * 64


@pytest.mark.parametrize(("address", "given"), [(f"{LOCAL}@example.com", True), (f"a{LOCAL}@example.com", False)])
def test_the_part_before_the_at_sign_has_its_limit(address: str, given: Any) -> None:
    assert address_of(provider(), {**GOOD, "email": address}) == (address if given else "")


@pytest.mark.parametrize(("domain", "given"), [("b" * 189, True), ("b" * 190, False)])
def test_an_address_is_254_characters_at_most(domain: str, given: Any) -> None:
    address = f"{LOCAL}@{domain}"
    assert address_of(provider(domains=frozenset({domain})), {**GOOD, "email": address}) == (address if given else "")


@pytest.mark.parametrize(("count", "whole"), [(2000, True), (2001, False)])
def test_so_many_groups_count_and_no_more(count: int, whole: Any) -> None:
    found = groups_claimed(provider(Kind.ADFS), {"group": [str(number) for number in range(count)]})
    assert (len(found.names), found.problem == "") == (2000, whole)


@pytest.mark.parametrize(("last", "whole"), [(400, True), (399, True)])
def test_so_many_characters_count(last: int, whole: Any) -> None:
    names = [f"{number:03d}" + "x" * 397 for number in range(249)] + ["y" * last]
    assert (groups_claimed(provider(Kind.ADFS), {"group": names}).problem == "") is whole
    assert groups_claimed(provider(Kind.ADFS), {"group": [*names, "ab"]}).problem == Problem.TOO_MANY
