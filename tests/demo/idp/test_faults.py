"""Every way a provider can be made to misbehave, seen from outside."""

import base64
import hashlib
import hmac
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demo.idp.faults import parse
from demo.idp.presets import PRESETS, settle
from demo.idp.testing import LocalIdp
from tests.demo.idp.flow import code_for, exchange, refresh, tokens_for, userinfo, verified

# What a client that does all of PyJWT's checks refuses by itself; the rest is for the portal's own checks.
REFUSED = [
    "alg-none", "alg-none-signed", "hs256-public", "hs256-secret", "foreign-key", "unknown-kid",
    "foreign-key-unknown-kid", "kid-is-a-path", "kid-is-a-number", "jku-elsewhere", "changed-claims",
    "wrong-iss", "iss-absent", "wrong-aud", "aud-absent", "aud-list-of-strangers", "exp-absent",
    "iat-absent", "sub-absent", "sub-number", "nonce-absent", "expired", "exp-string", "iat-future",
    "nbf-future", "id-token-rubbish",
]  # fmt: skip


def unverified(id_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(id_token, options={"verify_signature": False})
    return claims


def test_without_a_fault_the_token_is_good(idp: LocalIdp) -> None:
    assert verified(idp, tokens_for(idp)["id_token"])["nonce"] == "nonce-1"


@pytest.mark.parametrize("name", REFUSED)
def test_a_strict_client_refuses(idp: LocalIdp, name: str) -> None:
    idp.fault(name)
    with pytest.raises(jwt.PyJWTError):
        verified(idp, tokens_for(idp)["id_token"])


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("provider", ["google", "adfs"])
def test_every_preset_makes_a_fault(provider: str, name: str) -> None:
    faults = parse(settle({"provider": provider, "name": name}))
    assert {(fault.provider, fault.times) for fault in faults} == {(provider, 1)}
    assert "$" not in repr(faults)


@pytest.mark.parametrize("name", ["kid-is-a-number", "groups-300", "name-object", "token-html", "exp-absent"])
def test_a_preset_lasts_for_one_answer(idp: LocalIdp, name: str) -> None:
    idp.fault(name)
    exchange(idp, code_for(idp))
    assert verified(idp, tokens_for(idp)["id_token"])["nonce"] == "nonce-1"


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("wrong-nonce", {"nonce": "another-nonce"}),
        ("sub-empty", {"sub": ""}),
        ("groups-object", {"group": {"name": "AWS-Prod-Admin"}}),
        ("groups-nested", {"group": [["AWS-Prod-Admin"]]}),
        ("groups-null", {"group": None}),
        ("groups-empty-string", {"group": ""}),
        ("groups-empty-list", {"group": []}),
        ("upn-differs", {"upn": "a.example@ad.example.internal", "email": "alice@example.com"}),
        ("unique-name-list", {"unique_name": ["Alice Example", "EXAMPLE\\alice"]}),
        ("email-list", {"email": ["alice@example.com", "erin@example.com"]}),
    ],
)
def test_claims_are_set_under_a_good_signature(adfs: LocalIdp, name: str, claims: dict[str, Any]) -> None:
    adfs.fault(name)
    found = verified(adfs, tokens_for(adfs)["id_token"])
    assert {claim: found[claim] for claim in claims} == claims


def test_an_audience_of_several_names_the_real_client_ids(idp: LocalIdp) -> None:
    idp.fault("aud-list-azp-foreign")
    claims = verified(idp, tokens_for(idp)["id_token"])
    assert claims["aud"] == [idp.client_id, claims["azp"]]


def test_three_hundred_groups_fit_in(adfs: LocalIdp) -> None:
    adfs.fault("groups-300")
    assert len(verified(adfs, tokens_for(adfs)["id_token"])["group"]) == 300


def test_hs256_public_is_the_real_key_confusion(idp: LocalIdp) -> None:
    """The signature is a MAC keyed with the PEM that anyone can make from the JWKS."""
    idp.fault("hs256-public")
    signing_input, _, signature = tokens_for(idp)["id_token"].rpartition(".")
    key = jwt.PyJWKClient(idp.discovery()["jwks_uri"]).get_signing_keys()[0].key
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = hmac.digest(pem, signing_input.encode(), hashlib.sha256)
    assert base64.urlsafe_b64encode(mac).rstrip(b"=").decode() == signature


def test_hs256_secret_is_keyed_with_the_clients_secret(idp: LocalIdp) -> None:
    idp.fault("hs256-secret")
    claims = jwt.decode(tokens_for(idp)["id_token"], idp.client_secret, algorithms=["HS256"], audience=idp.client_id)
    assert claims["iss"] == idp.issuer


def test_changed_claims_keep_the_old_signature(idp: LocalIdp) -> None:
    idp.fault("changed-claims")
    assert unverified(tokens_for(idp)["id_token"])["email"] == "erin@example.com"


def test_an_unknown_kid_is_still_signed_with_the_real_key(idp: LocalIdp) -> None:
    idp.fault("unknown-kid")
    token = tokens_for(idp)["id_token"]
    assert jwt.get_unverified_header(token)["kid"] == "no-such-key"
    key = jwt.PyJWKClient(idp.discovery()["jwks_uri"]).get_signing_keys()[0].key
    assert jwt.decode(token, key, algorithms=["RS256"], audience=idp.client_id)["iss"] == idp.issuer


def test_times_counts_answers_and_grant_waits_for_its_kind(adfs: LocalIdp) -> None:
    adfs.fault("wrong-iss", grant="refresh_token", times=2)
    first = tokens_for(adfs)
    seen = [unverified(refresh(adfs, first["refresh_token"]).json()["id_token"])["iss"] for _ in range(3)]
    assert unverified(first["id_token"])["iss"] == adfs.issuer
    assert [issuer == adfs.issuer for issuer in seen] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("token-500", 500, '{"error":"server_error"}'),
        ("token-html", 200, "<html><h1>Oops</h1></html>"),
        ("token-empty", 200, ""),
        ("token-invalid-json", 200, '{"access_token": '),
        ("token-list", 200, "[]"),
        ("token-invalid-grant", 400, '{"error":"invalid_grant"}'),
    ],
)
def test_the_token_answer_is_replaced(idp: LocalIdp, name: str, status: int, text: str) -> None:
    idp.fault(name)
    answer = exchange(idp, code_for(idp))
    assert (answer.status_code, answer.text) == (status, text)


@pytest.mark.parametrize("member", ["id_token", "access_token"])
def test_the_token_answer_lacks_a_member(idp: LocalIdp, member: str) -> None:
    idp.fault(member.replace("_", "-") + "-absent")
    assert member not in tokens_for(idp)


def test_a_slow_answer_is_slow(idp: LocalIdp) -> None:
    idp.fault(token_response={"delay": 0.3})
    code, started = code_for(idp), time.monotonic()
    assert exchange(idp, code).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_userinfo_names_somebody_else_or_fails(google: LocalIdp) -> None:
    access_token = tokens_for(google)["access_token"]
    google.fault("userinfo-other-sub")
    google.fault("userinfo-500")
    assert userinfo(google, access_token).json()["sub"] == "somebody-else"
    assert userinfo(google, access_token).status_code == 500
    assert userinfo(google, access_token).json()["sub"] == "104857600409600000001"


def test_one_fault_reaches_id_token_and_userinfo(google: LocalIdp) -> None:
    google.fault("email-verified-string")
    answer = tokens_for(google)
    assert unverified(answer["id_token"])["email_verified"] == "false"
    assert userinfo(google, answer["access_token"]).json()["email_verified"] == "false"


def test_discovery_and_keys_fail(idp: LocalIdp) -> None:
    document = idp.discovery()
    for name in ("discovery-down", "jwks-down", "jwks-empty"):
        idp.fault(name)
    keys = [requests.get(document["jwks_uri"], timeout=10) for _ in range(3)]
    found = requests.get(f"{idp.issuer}/.well-known/openid-configuration", timeout=10)
    assert [answer.status_code for answer in (found, *keys)] == [503, 503, 200, 200]
    assert [len(answer.json()["keys"]) for answer in keys[1:]] == [0, 1]


def test_a_fault_of_one_provider_leaves_the_other_alone(google: LocalIdp, adfs: LocalIdp) -> None:
    google.fault("wrong-iss")
    assert verified(adfs, tokens_for(adfs)["id_token"])["iss"] == adfs.issuer


@pytest.mark.parametrize(
    "description",
    [
        {"provider": "nobody", "sign_with": "none"},
        {"provider": "google"},
        {"provider": "google", "name": "no-such-preset"},
        {"provider": "google", "sign_with": "magic"},
        {"provider": "google", "claim": {}},
        {"provider": "google", "claims": {"add": {}}},
        {"provider": "google", "sign_with": "none", "times": 0},
        {"provider": "google", "token_response": {"change": {}}},
        [],
    ],
)
def test_a_fault_that_says_nothing_sensible_is_refused(idp: LocalIdp, description: Any) -> None:
    answer = requests.post(f"{idp.origin}/_demo/faults", json=description, timeout=10)
    assert answer.status_code == 400
    assert requests.get(f"{idp.origin}/_demo/faults", timeout=10).json()["waiting"] == []
