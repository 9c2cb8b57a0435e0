"""Entra ID, Okta, Keycloak, authentik and Auth0 by configuration alone: their pages' tables, and what they send."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import SignIn
from accounts.oidc.discovery import discover
from accounts.providers import openid
from accounts.refusals import SignInRefused
from accounts.tokens import web_identity_token_for
from tests.accounts.conftest import Answer, Name, Walk, forget, query, refused
from tests.accounts.oidc.plain_provider import SECRET, Plain, start_plain_provider
from tests.accounts.oidc.shapes import SHAPES, Shape
from tests.docs.test_providers import BLOCK, DOCS

pytestmark = pytest.mark.django_db
Become = Callable[..., Plain]


@cache
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def table(shape: Shape) -> str:
    blocks: list[str] = BLOCK.findall((DOCS / "providers" / f"{shape.page}.md").read_text())
    return blocks[shape.block]


def said(text: str, key: str) -> str:
    found = re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def become(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Become]:
    """Return what starts a provider of a shape, and sets this portal up by its page: only the host is another."""
    with ExitStack() as running:

        def start(name: str, *changes: tuple[str, str]) -> Plain:
            shape, text = SHAPES[name], table(SHAPES[name])
            issuer = urlsplit(said(text, "issuer"))
            plain = running.enter_context(start_plain_provider(issuer.path))
            set_up(plain, shape, said(text, "client_id"))
            for before, after in ((f"https://{issuer.netloc}", plain.issuer.removesuffix(issuer.path)), *changes):
                assert before in text
                text = text.replace(before, after)
            monkeypatch.setenv(said(text, "client_secret").removeprefix("env:"), SECRET)
            settings.DAYPASS_PROVIDERS = str(tmp_path / "daypass.toml")
            (tmp_path / "daypass.toml").write_text(text)
            forget()
            return plain

        yield start
    forget()


def set_up(plain: Plain, shape: Shape, client: str) -> None:
    plain.client, plain.key, plain.takes_basic = client, rsa_key(), shape.takes_basic
    plain.claims, plain.userinfo = dict(shape.claims), dict(shape.userinfo or {})
    plain.discovery = {"userinfo_endpoint": plain.base + "userinfo", **shape.discovery}
    plain.other_keys, plain.refresh_token = list(shape.other_keys), "refresh-1"


def slug() -> str:
    (only,) = openid()
    return only


def come_back(plain: Plain, **more: str) -> Answer:
    walk = Walk()
    asked = query(walk.start(slug()))
    plain.claims["nonce"] = asked["nonce"]
    sent = {"code": "c", "state": asked["state"], **more}
    if plain.discovery.get("authorization_response_iss_parameter_supported"):
        sent["iss"] = plain.issuer
    return walk.client.get(f"/accounts/oidc/{slug()}/login/callback/", sent)


def principals(name: str, *more: str) -> list[str]:
    shape = SHAPES[name]
    return sorted([f"subject:{slug()}:{shape.claims['sub']}", *more])


def full(name: str) -> list[str]:
    group = f"group:{slug()}:{SHAPES[name].group}"
    return principals(name, group, "user:alice@example.com", "domain:example.com")


@pytest.mark.parametrize("name", SHAPES)
def test_its_page_is_enough_to_sign_in(become: Become, name_groups: Name, name: str) -> None:
    plain = become(name)
    name_groups(f"group:{slug()}:{SHAPES[name].group}")
    assert come_back(plain, session_state="s").status_code == 302
    sign_in = SignIn.objects.get()
    assert (sign_in.principals, sign_in.groups_problem) == (full(name), "")
    assert sign_in.user.name == "Alice Example"


@pytest.mark.parametrize("name", SHAPES)
def test_a_renewal_tells_the_same(become: Become, name_groups: Name, name: str) -> None:
    plain = become(name)
    name_groups(f"group:{slug()}:{SHAPES[name].group}")
    come_back(plain)
    del plain.claims["nonce"]
    sign_in = SignIn.objects.get()
    token = web_identity_token_for(sign_in=sign_in, renewed=True)
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == sign_in.subject
    assert SignIn.objects.get().principals == full(name)
    assert [form["grant_type"] for form in plain.forms] == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("name", SHAPES)
def test_a_group_that_is_taken_away_is_lost_with_the_renewal(become: Become, name_groups: Name, name: str) -> None:
    plain = become(name)
    name_groups(f"group:{slug()}:{SHAPES[name].group}")
    come_back(plain)
    claim = openid()[slug()].groups_claim
    plain.claims.pop("nonce")
    for told in (plain.claims, plain.userinfo):
        told.pop(claim, None)
    web_identity_token_for(sign_in=SignIn.objects.get(), renewed=True)
    assert SignIn.objects.get().principals == principals(name, "user:alice@example.com", "domain:example.com")


NEAR_ISSUERS = [
    ("entra", lambda issuer: issuer.replace("/11111111-2222-3333-4444-555555555555/", "/{tenantid}/")),  # common's own
    ("entra", lambda issuer: issuer + "/"),
    ("okta", lambda issuer: issuer + "/oauth2/default"),
    ("okta-custom", lambda issuer: issuer.removesuffix("/oauth2/default")),
    ("keycloak", lambda issuer: issuer.replace("127.0.0.1", "keycloak.internal")),
    ("authentik", lambda issuer: issuer.rstrip("/")),
    ("auth0", lambda issuer: issuer.rstrip("/")),
]


@pytest.mark.parametrize(("name", "near"), NEAR_ISSUERS)
def test_a_near_issuer_is_another(become: Become, name: str, near: Callable[[str], str]) -> None:
    plain = become(name)
    plain.discovery["issuer"] = near(plain.issuer)
    with pytest.raises(SignInRefused, match="discovery"):
        discover(openid()[slug()])
    plain.discovery.pop("issuer")
    forget()  # else it would not be asked again for 15 seconds
    plain.claims["iss"] = near(plain.issuer)
    assert refused(come_back(plain)).details["reason"] == "issuer"


UNVOUCHED = [("okta", "userinfo"), ("keycloak", "claims"), ("auth0", "claims")]


@pytest.mark.parametrize(("name", "where"), UNVOUCHED)
def test_an_address_that_it_has_not_verified_gives_nothing(become: Become, name: str, where: str) -> None:
    plain = become(name)
    for told in (plain.claims, plain.userinfo):
        told.pop("email_verified", None)
    getattr(plain, where)["email_verified"] = False
    come_back(plain)
    assert SignIn.objects.get().principals == principals(name)


@pytest.mark.parametrize("name", ["entra", "authentik"])
def test_an_address_counts_by_the_file_alone_where_it_never_verifies(become: Become, name: str) -> None:
    plain = become(name, ("email_trusted = true\n", ""))
    come_back(plain)
    assert SignIn.objects.get().principals == principals(name)


def test_entras_people_without_a_mailbox_are_refused_unless_the_file_lets_them_in(become: Become) -> None:
    plain = become("entra")
    del plain.claims["email"], plain.userinfo["email"]
    assert refused(come_back(plain)).details["reason"] == "email_missing"


def test_entras_user_name_can_be_the_address(become: Become) -> None:
    plain = become("entra", ("email_trusted = true", 'email_trusted = true\nemail_claim = "preferred_username"'))
    del plain.claims["email"], plain.userinfo["email"]
    come_back(plain)
    assert SignIn.objects.get().email == "alice@example.com"


@pytest.mark.parametrize("address", ["bob@partner.example", "bob_partner.example#EXT#@example.onmicrosoft.com"])
def test_entras_guests_come_in_by_their_subject(become: Become, address: str) -> None:
    plain = become("entra")
    plain.claims["email"] = address
    come_back(plain)
    assert SignIn.objects.get().principals == principals("entra")


OVERAGES: list[tuple[dict[str, Any], str]] = [
    ({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph/"}}}, "overage"),
    ({"hasgroups": True}, "overage"),
    ({}, ""),
]


@pytest.mark.parametrize(("instead", "problem"), OVERAGES)
def test_entra_says_that_it_left_groups_out(become: Become, instead: dict[str, Any], problem: str) -> None:
    plain = become("entra")
    plain.claims |= {"groups": None, **instead}
    come_back(plain)
    assert SignIn.objects.get().groups_problem == problem


@pytest.mark.parametrize("overage", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}])
def test_entras_app_roles_have_no_overage(become: Become, name_groups: Name, overage: dict[str, Any]) -> None:
    plain = become("entra", ('groups_claim = "groups"', 'groups_claim = "roles"'))
    name_groups("group:entra:AWS-Prod-Admin")
    plain.claims |= {"groups": None, "roles": ["AWS-Prod-Admin"], **overage}
    come_back(plain)
    del plain.claims["roles"]
    come_back(plain)
    first, second = SignIn.objects.order_by("started_at")
    assert ("group:entra:AWS-Prod-Admin" in first.principals, first.groups_problem) == (True, "")
    assert ("group:entra:AWS-Prod-Admin" in second.principals, second.groups_problem) == (False, "")


def test_keycloaks_full_path_is_the_groups_name(become: Become, name_groups: Name) -> None:
    plain = become("keycloak")
    name_groups("group:keycloak:Prod-Admin", "group:keycloak:/AWS")
    come_back(plain)
    assert SignIn.objects.get().principals == principals("keycloak", "user:alice@example.com", "domain:example.com")


def test_keycloaks_token_for_another_client_is_refused(become: Become) -> None:
    plain = become("keycloak")
    plain.claims |= {"aud": ["daypass", "account"], "azp": "account-console"}
    assert refused(come_back(plain)).details["reason"] == "audience"


def test_auth0s_plain_name_is_not_the_one_with_an_address(become: Become, name_groups: Name) -> None:
    plain = become("auth0")
    name_groups("group:auth0:AWS-Prod-Admin")
    plain.claims["groups"] = plain.claims.pop("https://daypass.example.com/groups")
    come_back(plain)
    assert SignIn.objects.get().principals == principals("auth0", "user:alice@example.com", "domain:example.com")


@pytest.mark.parametrize("name", ["authentik", "auth0"])
def test_a_token_that_is_signed_with_the_secret_is_refused(become: Become, name: str) -> None:
    plain = become(name)
    genuine = plain.signed
    plain.signed = lambda claims: jwt.encode(  # type: ignore[method-assign]  # a stand-in
        jwt.decode(genuine(claims), options={"verify_signature": False}), SECRET.ljust(32, "x"), "HS256"
    )
    assert refused(come_back(plain)).details["reason"] == "algorithm"


def test_authentiks_encrypted_token_is_refused(become: Become) -> None:
    plain = become("authentik")
    header = jwt.utils.base64url_encode(b'{"alg": "RSA-OAEP-256", "enc": "A256CBC-HS512", "typ": "JWE"}').decode()
    plain.signed = lambda claims: f"{header}.key.iv.text.tag"  # type: ignore[method-assign]  # a stand-in
    assert refused(come_back(plain)).details["reason"] == "malformed_token"


def test_entra_names_a_session_that_is_over_and_not_itself(become: Become) -> None:
    plain = become("entra")
    come_back(plain)
    path = reverse("openid_connect_front_logout", args=["entra"])
    assert Client().get(path, {"sid": plain.claims["sid"]}).status_code == 200
    assert SignIn.objects.get().end_reason == SignIn.Ended.PROVIDER_LOGOUT


EVENT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
LOGOUT_TOKENS: dict[str, dict[str, Any]] = {
    "keycloak": {"typ": "Logout", "events": {**EVENT, "revoke_offline_access": True}},
    "authentik": {"events": EVENT},
    "auth0": {"events": EVENT, "trace_id": "7f1d6c2b9a"},
}


@pytest.mark.parametrize("name", LOGOUT_TOKENS)
def test_its_server_ends_a_session(become: Become, name: str) -> None:
    plain = become(name)
    come_back(plain)
    now = int(time.time())
    frame = {"iat": now, "exp": now + 120, "jti": "one", "sub": plain.claims["sub"], "sid": plain.claims["sid"]}
    token = plain.signed({**frame, **LOGOUT_TOKENS[name]})
    answer = Client().post(reverse("openid_connect_back_logout", args=[slug()]), {"logout_token": token})
    assert (answer.status_code, SignIn.objects.get().end_reason) == (200, "provider_logout")
