"""The shape of Google, as its documents describe it."""

import requests

from demo.idp.testing import LocalIdp
from tests.demo.idp.flow import claims_for, tokens_for, userinfo


def test_discovery_offers_no_end_session_and_no_groups(google: LocalIdp) -> None:
    document = google.discovery()
    assert document["issuer"] == f"{google.origin}/google"
    assert "end_session_endpoint" not in document
    assert document["scopes_supported"] == ["openid", "email", "profile"]
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]


def test_an_id_token_has_exactly_these_claims(google: LocalIdp) -> None:
    claims = claims_for(google)
    assert claims["exp"] - claims["iat"] == 3600
    assert len(claims.pop("at_hash")) == 22
    assert {name: claims[name] for name in claims if name not in {"iat", "exp"}} == {
        "iss": google.issuer,
        "aud": google.client_id,
        "azp": google.client_id,
        "nonce": "nonce-1",
        "sub": "104857600409600000001",
        "hd": "example.com",
        "email": "alice@example.com",
        "email_verified": True,
        "name": "Alice Example",
        "given_name": "Alice",
        "family_name": "Example",
    }


def test_a_person_from_elsewhere_has_no_hd(google: LocalIdp) -> None:
    claims = claims_for(google, "mallory")
    assert "hd" not in claims
    assert claims["email"] == "mallory@evil.example"


def test_scopes_decide_what_is_told(google: LocalIdp) -> None:
    told = {"iss", "aud", "iat", "exp", "at_hash", "nonce", "azp", "sub", "hd"}
    assert set(claims_for(google, scope="openid")) == told
    assert set(claims_for(google, scope="openid email")) == told | {"email", "email_verified"}


def test_a_request_without_nonce_gets_none(google: LocalIdp) -> None:
    answer = tokens_for(google, nonce=None)
    assert set(answer) == {"access_token", "expires_in", "id_token", "scope", "token_type"}


def test_userinfo_says_who_and_their_address(google: LocalIdp) -> None:
    assert userinfo(google, tokens_for(google)["access_token"]).json() == {
        "sub": "104857600409600000001",
        "hd": "example.com",
        "email": "alice@example.com",
        "email_verified": True,
        "name": "Alice Example",
        "given_name": "Alice",
        "family_name": "Example",
    }


def test_userinfo_refuses_what_is_no_token_of_its_own(google: LocalIdp, adfs: LocalIdp) -> None:
    foreign = tokens_for(adfs, resource=None)["access_token"]
    assert userinfo(google, foreign).status_code == 401
    assert userinfo(google, "made-up").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert requests.get(google.discovery()["userinfo_endpoint"], timeout=10).status_code == 401


def test_userinfo_takes_only_the_bearer_scheme(google: LocalIdp) -> None:
    headers = {"Authorization": "Token " + tokens_for(google)["access_token"]}
    answer = requests.get(google.discovery()["userinfo_endpoint"], headers=headers, timeout=10)
    assert answer.status_code == 401


def test_published_keys_are_bare(google: LocalIdp) -> None:
    (key,) = requests.get(google.discovery()["jwks_uri"], timeout=10).json()["keys"]
    assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}


def test_subjects_are_21_digits_and_each_ones_own(google: LocalIdp) -> None:
    subjects = [claims_for(google, person)["sub"] for person in ("alice", "bob", "charlie")]
    assert all(len(subject) == 21 and subject.isdecimal() for subject in subjects)
    assert len(set(subjects)) == 3
