"""What AD FS really sends, fixture by fixture: who somebody is by it, and which groups give them rights."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.identity import Identity, identity_of
from accounts.providers.declared import Kind
from accounts.refusals import Reason, SignInRefused
from tests.accounts.test_principals import provider

pytestmark = pytest.mark.usefixtures("_every_group_is_named")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUBJECT = "pX0c3+5hJ/3pYb3XkV1u4Q0o0mQkS2rJw8n6tq7dE9I="
FRAME = {
    "aud": "8d3f2b0e-5a41-4b7a-9c55-0d6c1f7e2a90",
    "iss": "https://fs.example.test/adfs",
    "iat": 1790000000,
    "nbf": 1790000000,
    "exp": 1790003600,
    "auth_time": 1790000000,
    "nonce": "n-1",
    "sub": SUBJECT,
    "upn": "ada@example.com",
    "unique_name": "EXAMPLE\\ada",
    "sid": "S-1-5-21-1111111111-2222222222-333333333-1601",
    "pwd_exp": "2419200",
    "pwd_url": "https://fs.example.test/adfs/portal/updatepassword/",
}
RULES = {
    "appid": "8d3f2b0e-5a41-4b7a-9c55-0d6c1f7e2a90",
    "apptype": "Confidential",
    "ver": "1.0",
    "scp": "openid allatclaims",
    "authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "email": "ada@example.com",
    "given_name": "Ada",
    "family_name": "Byron",
    "group": ["Cloud-Prod-Admin", "Cloud-Dev-Read"],
}
GONE = object()
MANY = [f"Cloud-Team-{number:03d}-Read-And-Write-Here" for number in range(300)]


def identity(*, claim: str = "group", optional: bool = False, **changes: Any) -> Identity:
    said = {name: value for name, value in {**FRAME, **RULES, **changes}.items() if value is not GONE}
    return identity_of(provider(Kind.ADFS, groups_claim=claim, email_optional=optional), said, now=NOW)


def groups(found: Identity) -> list[str]:
    mine = "group:adfs:"
    return [name.removeprefix(mine) for name in found.principals if name.startswith(mine)]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(["Cloud-Prod-Admin", "Cloud-Dev-Read"], ["Cloud-Dev-Read", "Cloud-Prod-Admin"], id="F1 two"),
        pytest.param("Cloud-Dev-Read", ["Cloud-Dev-Read"], id="F2 one, as a text"),
        pytest.param(GONE, [], id="F3 none: absent"),
        pytest.param("", [], id="F3 none: an empty text"),
        pytest.param([], [], id="F3 none: an empty list"),
        pytest.param("EXAMPLE\\Cloud-Prod-Admin", ["EXAMPLE\\Cloud-Prod-Admin"], id="F9 with the domain"),
        pytest.param("CN=Cloud,OU=IT,DC=example", ["CN=Cloud,OU=IT,DC=example"], id="F9 a distinguished name"),
        pytest.param("S-1-5-21-1-2-3-1601", ["S-1-5-21-1-2-3-1601"], id="F9 a SID"),
        pytest.param(["cloud-prod-ADMIN"], ["cloud-prod-ADMIN"], id="F9 another case"),
        pytest.param("Cloud-Prod-Admin2", ["Cloud-Prod-Admin2"], id="F9 longer by one"),
        pytest.param("Prod, Europe", ["Prod, Europe"], id="F9 a comma"),
        pytest.param(MANY, MANY, id="F10 three hundred"),
    ],
)
def test_groups_as_they_come(sent: Any, expected: list[str]) -> None:
    found = identity(group=sent)
    assert (groups(found), found.groups_problem, len(found.groups)) == (expected, "", len(expected))


@pytest.mark.parametrize("sent", [{"name": "A"}, [["A"]], ["A", 7], 7, ["A", None], True])
def test_f11_a_claim_of_the_wrong_type_gives_no_group_and_is_told(sent: Any) -> None:
    found = identity(group=sent)
    assert (groups(found), found.groups_problem) == ([], "malformed")
    assert (found.email, found.principals[-1]) == ("ada@example.com", "user:ada@example.com")


@pytest.mark.parametrize("claim", ["groups", "role", "roles"])
def test_f8_groups_under_another_name(claim: str) -> None:
    sent: dict[str, Any] = {claim: ["Cloud-Dev-Read"]}
    assert groups(identity(claim=claim, **sent)) == ["Cloud-Dev-Read"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(dict.fromkeys(RULES, GONE), id="F4 a bare token"),
        pytest.param({"email": GONE, "upn": "x@ad.example.internal"}, id="F5 no mail"),
        pytest.param({"email": ["ada@example.com", "erin@example.com"]}, id="F11 a list of addresses"),
    ],
)
def test_without_an_address_nobody_comes_in_and_none_is_made_up(changes: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused) as caught:
        identity(**changes)
    assert caught.value.reason is Reason.EMAIL
    found = identity(optional=True, **changes)
    assert (found.email, [name for name in found.principals if "@" in name]) == ("", [])


def test_f6_the_upn_is_not_the_address() -> None:
    found = identity(upn="j.doe@ad.example.internal", email="jane.doe@example.com")
    assert (found.email, [name for name in found.principals if "ad.example.internal" in name]) == (
        "jane.doe@example.com",
        [],
    )


def test_f7_a_user_name_that_is_a_list_is_left_out() -> None:
    found = identity(unique_name=["Jane Doe", "EXAMPLE\\jdoe"])
    assert ("unique_name" in found.claims, found.subject, found.name) == (False, SUBJECT, "Ada Byron")


@pytest.mark.parametrize("verified", ["false", "true", False, 1, None])
def test_f11_what_adfs_says_of_verification_is_no_matter(verified: Any) -> None:
    assert identity(email_verified=verified).email == "ada@example.com"
