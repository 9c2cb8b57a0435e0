"""Any conformant provider will do: what the standard lets it leave out, and what it may add."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import SignIn
from accounts.oidc.discovery import warm
from accounts.oidc.grants import Answer as TokenAnswer
from accounts.oidc.grants import identify_by_userinfo, refresh
from accounts.providers import openid
from tests.accounts.conftest import Answer, Name, Walk, forget, query, refused
from tests.accounts.oidc.plain_provider import SECRET, Plain, start_plain_provider

pytestmark = pytest.mark.django_db
FILE = """
[providers.plain]
kind = "oidc"
name = "Plain"
issuer = "{issuer}"
client_id = "daypass"
client_secret = "env:PLAIN_SECRET"
domains = ["example.com"]
groups_claim = "groups"
"""


@pytest.fixture
def plain(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plain]:
    monkeypatch.setenv("PLAIN_SECRET", SECRET)
    with start_plain_provider() as running:
        path = tmp_path / "daypass.toml"
        path.write_text(FILE.format(issuer=running.issuer))
        settings.DAYPASS_PROVIDERS = str(path)
        forget()
        yield running
    forget()


def come_back(plain: Plain, **more: str) -> Answer:
    """Start at the portal and come back as from the provider, with the nonce that it was sent."""
    walk = Walk()
    asked = query(walk.start("plain"))
    plain.claims["nonce"] = asked["nonce"]
    sent = {"code": "c", "state": asked["state"], **more}
    return walk.client.get("/accounts/oidc/plain/login/callback/", sent)


def has_userinfo(plain: Plain) -> None:
    plain.discovery["userinfo_endpoint"] = plain.issuer + "userinfo"


def test_the_least_that_the_standard_asks_of_a_provider_will_do(plain: Plain, name_groups: Name) -> None:
    name_groups("group:plain:/staff/aws")
    plain.claims |= {"groups": ["/staff/aws"], "email_verified": True}
    assert come_back(plain, session_state="s").status_code == 302
    sign_in = SignIn.objects.get()
    assert sign_in.principals == [
        "domain:example.com",
        "group:plain:/staff/aws",
        "subject:plain:f3a1",
        "user:alice@example.com",
    ]
    assert sign_in.refresh_token == ""
    assert refresh(openid()["plain"], refresh_token="r").refresh_token == "r"
    assert [form["grant_type"] for form in plain.forms] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize(("length", "kept"), [(16_384, "x" * 16_384), (16_385, "r")])
def test_a_refresh_token_that_is_too_long_leaves_the_old_one(plain: Plain, length: int, kept: str) -> None:
    plain.refresh_token = "x" * length
    assert refresh(openid()["plain"], refresh_token="r").refresh_token == kept


@pytest.mark.parametrize(
    ("known", "groups_from", "told"),
    [
        ("group:plain:aws", "token", False),
        ("group:plain:aws", "scim", True),  # there it is the directory that tells
        ("group:other:aws", "token", True),
        ("user:alice@example.com", "token", True),
    ],
)
def test_userinfo_that_is_silent_about_groups_tells_nothing_of_who_has_some(
    plain: Plain, known: str, groups_from: str, *, told: bool
) -> None:
    has_userinfo(plain)
    plain.userinfo |= {"email": "alice@example.com", "email_verified": True}
    provider = replace(openid()["plain"], groups_from=groups_from)
    found = identify_by_userinfo(provider, TokenAnswer(None, "access", ""), subject="f3a1", known=[known])
    assert (found is not None) is told


def test_a_token_of_the_only_key_need_not_name_it(plain: Plain) -> None:
    plain.names_key = False
    assert come_back(plain).status_code == 302


def test_a_foreign_signature_needs_no_name_either_to_be_refused(plain: Plain) -> None:
    plain.names_key = False
    published = plain.jwks()
    with start_plain_provider() as other:
        plain.key = other.key
    plain.jwks = lambda: published  # type: ignore[method-assign]  # it publishes the old key, and signs with another
    assert refused(come_back(plain)).details["reason"] == "signature"


@pytest.mark.parametrize("signed", [True, False])
def test_userinfo_fills_up_whether_it_is_signed_or_not(plain: Plain, name_groups: Name, signed: bool) -> None:  # noqa: FBT001  # pytest's
    has_userinfo(plain)
    name_groups("group:plain:aws")
    plain.signs_userinfo = signed
    plain.userinfo["groups"] = ["aws"]
    assert come_back(plain).status_code == 302
    assert "group:plain:aws" in SignIn.objects.get().principals


@pytest.mark.parametrize("claims", [{"iss": "https://elsewhere.example"}, {"aud": "another"}, {"sub": "another"}])
def test_signed_userinfo_that_is_not_ours_is_refused(plain: Plain, claims: dict[str, str]) -> None:
    has_userinfo(plain)
    plain.signs_userinfo = True
    plain.userinfo |= claims
    assert refused(come_back(plain)).details["reason"] in {"issuer", "audience", "subject_mismatch"}


@pytest.mark.parametrize(("address", "counts"), [("alice@example.com", True), ("mallory@example.com", False)])
def test_userinfo_vouches_for_the_address_beside_it(plain: Plain, address: str, counts: bool) -> None:  # noqa: FBT001  # pytest's
    has_userinfo(plain)
    plain.userinfo |= {"email": address, "email_verified": True}
    assert come_back(plain).status_code == 302
    assert (SignIn.objects.get().email == "alice@example.com") is counts


@pytest.mark.parametrize("verified", [True, False])
def test_an_id_token_without_an_address_vouches_for_none(plain: Plain, verified: bool) -> None:  # noqa: FBT001  # pytest's
    has_userinfo(plain)
    plain.userinfo |= {"email": plain.claims.pop("email"), "email_verified": verified}
    plain.claims["email_verified"] = True
    assert come_back(plain).status_code == 302
    assert (SignIn.objects.get().email == "alice@example.com") is verified


def test_the_page_lets_its_buttons_lead_to_another_host_than_the_issuers(plain: Plain) -> None:
    plain.discovery["authorization_endpoint"] = "https://pages.example.net/authorize"
    warm(openid().values())
    policy = Walk().client.get("/sign-in/").headers["Content-Security-Policy"]
    assert "https://pages.example.net" in policy.partition("form-action ")[2].partition(";")[0].split()


@pytest.mark.parametrize("host", ["a; script-src *", "a,b", "'unsafe-inline'", "*"])
def test_no_provider_writes_our_policy(plain: Plain, host: str) -> None:
    plain.discovery["authorization_endpoint"] = f"https://{host}/authorize"
    warm(openid().values())
    assert host not in Walk().client.get("/sign-in/").headers["Content-Security-Policy"].replace("https://*.", "")


def test_a_provider_that_is_down_at_the_start_stops_nothing(plain: Plain, caplog: pytest.LogCaptureFixture) -> None:
    plain.discovery["issuer"] = "https://elsewhere.example"
    warm(openid().values())
    assert "plain could not be asked at the start: discovery" in caplog.text
    assert Walk().client.get("/sign-in/").status_code == 200


def test_an_answer_may_say_whose_it_is(plain: Plain) -> None:
    plain.discovery["authorization_response_iss_parameter_supported"] = True
    assert come_back(plain, iss=plain.issuer).status_code == 302


@pytest.mark.parametrize("sent", [{"iss": "https://elsewhere.example"}, {"iss": ""}, {}])
def test_an_answer_that_is_anothers_is_refused(plain: Plain, sent: dict[str, str]) -> None:
    plain.discovery["authorization_response_iss_parameter_supported"] = True
    assert refused(come_back(plain, **sent)).details["reason"] == "issuer"
    assert plain.forms == []
