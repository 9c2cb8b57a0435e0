"""Every wrong answer a provider (or whoever stands in its place) may give, against the real flow."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import SignIn
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from tests.accounts.conftest import Walk, forget, refused

pytestmark = pytest.mark.django_db

TOKENS = {
    "alg-none": "algorithm",
    "alg-none-signed": "algorithm",
    "hs256-public": "algorithm",
    "hs256-secret": "algorithm",
    "foreign-key": "signature",
    "unknown-kid": "unknown_key",
    "foreign-key-unknown-kid": "unknown_key",
    "kid-is-a-path": "unknown_key",
    "kid-is-a-number": "malformed_token",
    "jku-elsewhere": "unknown_key",
    "changed-claims": "signature",
    "wrong-iss": "issuer",
    "iss-absent": "claim",
    "wrong-aud": "audience",
    "aud-absent": "claim",
    "azp-foreign": "audience",
    "exp-absent": "claim",
    "iat-absent": "claim",
    "sub-absent": "claim",
    "sub-empty": "claim",
    "sub-number": "claim",
    "sub-long": "claim",
    "nonce-absent": "nonce",
    "wrong-nonce": "nonce",
    "expired": "expired",
    "exp-string": "malformed_token",
    "iat-future": "clock",
    "nbf-future": "clock",
}
ANSWERS = {
    "id-token-absent": "malformed_token",
    "id-token-rubbish": "malformed_token",
    "id-token-number": "malformed_token",
    "id-token-null": "malformed_token",
    "token-500": "provider_unavailable",
    "token-html": "malformed_answer",
    "token-empty": "malformed_answer",
    "token-invalid-json": "malformed_answer",
    "token-list": "malformed_answer",
    "token-slow": "provider_unavailable",
    "token-invalid-grant": "code",
    "token-invalid-client": "client",
    "jwks-down": "provider_unavailable",
    "jwks-empty": "malformed_answer",
    "jwks-rubbish": "malformed_answer",
    "jwks-slow": "provider_unavailable",
}
USERINFO = {
    "access-token-absent": "malformed_answer",
    "userinfo-other-sub": "subject_mismatch",
    "userinfo-sub-absent": "subject_mismatch",
    "userinfo-500": "provider_unavailable",
    "userinfo-html": "malformed_answer",
    "userinfo-list": "malformed_answer",
    "hd-absent": "foreign_domain",
    "hd-other": "foreign_domain",
}
DISCOVERY = {
    "discovery-down": "provider_unavailable",
    "discovery-html": "malformed_answer",
    "discovery-slow": "provider_unavailable",
    "discovery-wrong-issuer": "discovery",
}
TIMES = ("exp", "iat", "nbf")
# Made by hand: what the named faults leave out.
MORE = [
    ({"claims": {"set": {"aud": []}}}, "claim"),
    ({"claims": {"set": {"aud": {"a": 1}}}}, "audience"),
    ({"claims": {"set": {"aud": [7]}}}, "audience"),
    ({"claims": {"set": {"aud": ["somebody-else", "and-another"]}}}, "audience"),
    ({"claims": {"set": {"azp": None}}}, "audience"),
    ({"claims": {"set": {"aud": ["$client_id", "another"]}, "drop": ["azp"]}}, "audience"),
    ({"claims": {"set": {"aud": ["$client_id", "another"], "azp": "another"}}}, "audience"),
    ({"claims": {"set": {"iss": ["x"]}}}, "issuer"),
    ({"claims": {"set": {"exp": True}}}, "expired"),
    ({"claims": {"set": {"exp": "4102444800"}}}, "claim"),
    ({"claims": {"set": {"exp": 1e300}}}, "claim"),
    ({"claims": {"set": {"exp": []}}}, "malformed_token"),
    ({"claims": {"set": {"iat": "1"}}}, "claim"),
    ({"claims": {"set": {"iat": None}}}, "claim"),
    *(({"claims": {"set": {name: -(10**400)}}}, "expired" if name == "exp" else "claim") for name in TIMES),
    *(({"claims": {"set": {name: 10**400}}}, "claim" if name == "exp" else "clock") for name in TIMES),
    ({"claims": {"set": {"iat": -1}}}, "claim"),
    ({"claims": {"set": {"nbf": None}}}, "malformed_token"),
    ({"claims": {"set": {"nonce": ["x"]}}}, "nonce"),
    ({"claims": {"set": {"nonce": "\ud800"}}}, "nonce"),
    ({"claims": {"set": {"sub": "\ud800"}}}, "claim"),
    ({"claims": {"set": {"aud": ["\ud800"]}}}, "audience"),
    ({"claims": {"set": {"nonce": "é"}}}, "nonce"),
    ({"claims": {"set": {"sub": "a\u0000b"}}}, "claim"),
    ({"claims": {"set": {"sub": ["x"]}}}, "claim"),
    ({"header": {"kid": ""}}, "unknown_key"),
    ({"header": {"crit": ["exp"]}}, "malformed_token"),
    ({"token_response": {"set": {"id_token": "a.b.c"}}}, "malformed_token"),
    ({"token_response": {"set": {"id_token": "." * 200_000}}}, "malformed_token"),
    ({"token_response": {"body": "[" * 200_000}}, "malformed_answer"),
    ({"token_response": {"body": '{"a":' * 100_000}}, "malformed_answer"),
    ({"token_response": {"body": "x" * 1_100_000}}, "malformed_answer"),
    ({"token_response": {"status": 302, "body": ""}}, "provider_unavailable"),
    ({"token_response": {"status": 429, "body": '{"error":"invalid_grant"}'}}, "provider_unavailable"),
    ({"token_response": {"status": 400, "body": '{"error":["x"]}'}}, "provider_error"),
    ({"jwks": {"set": {"keys": "x"}}}, "malformed_answer"),
    ({"jwks": {"set": {"keys": [1, None, "x"]}}}, "malformed_answer"),
    ({"jwks": {"set": {"keys": [{"kty": "RSA", "kid": "x", "n": 5, "e": []}]}}}, "malformed_answer"),
    ({"jwks": {"drop": ["keys"]}}, "malformed_answer"),
]


def named(fault: dict[str, Any], idp: LocalIdp) -> dict[str, Any]:
    """Return the fault with the client's id in its place."""
    filled: dict[str, Any] = json.loads(json.dumps(fault).replace("$client_id", idp.client_id))
    return filled


def impatient(settings: Settings, fault: str) -> None:
    """Wait half a second for an answer that is late on purpose, and as long as ever for the others."""
    if fault.endswith("-slow"):
        settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.5


@pytest.mark.parametrize(("fault", "reason"), {**TOKENS, **ANSWERS}.items())
def test_a_bad_answer_signs_nobody_in(idp: LocalIdp, walk: Walk, settings: Settings, fault: str, reason: str) -> None:
    address = walk.come_back(idp.slug, "alice")
    impatient(settings, fault)
    # Twice: PyJWT asks for the keys once more when it knows none by that name.
    idp.fault(fault, times=2)
    assert refused(walk.client.get(address)).details["reason"] == reason
    assert walk.client.get("/sign-ins/").status_code == 302


@pytest.mark.parametrize(("fault", "reason"), MORE)
def test_a_stranger_answer_signs_nobody_in(idp: LocalIdp, walk: Walk, fault: dict[str, object], reason: str) -> None:
    address = walk.come_back(idp.slug, "alice")
    idp.fault(**named(fault, idp), times=2)
    assert refused(walk.client.get(address)).details["reason"] == reason


@pytest.mark.parametrize(("fault", "reason"), USERINFO.items())
def test_bad_userinfo_signs_nobody_in(idps: LocalIdps, walk: Walk, fault: str, reason: str) -> None:
    address = walk.come_back("google", "alice")
    idps.google.fault(fault)
    assert refused(walk.client.get(address)).details["reason"] == reason


@pytest.mark.parametrize(("fault", "reason"), DISCOVERY.items())
def test_a_provider_that_cannot_be_found_is_said_so(
    idp: LocalIdp, walk: Walk, settings: Settings, fault: str, reason: str
) -> None:
    impatient(settings, fault)
    idp.fault(fault)
    answer = walk.client.post(f"/accounts/oidc/{idp.slug}/login/")
    assert (refused(answer).details["reason"], answer.status_code) == (reason, 503)


@pytest.mark.parametrize(
    "endpoint",
    [{"authorization_endpoint": "javascript:alert(1)"}, {"token_endpoint": "http://idp.example/token"}]
    + [{"jwks_uri": value} for value in ("file:///etc/passwd", "https://[broken", None, 7, "https://")],
)
def test_endpoints_that_are_no_addresses_are_refused(idp: LocalIdp, walk: Walk, endpoint: dict[str, object]) -> None:
    idp.fault(discovery={"set": endpoint})
    answer = walk.client.post(f"/accounts/oidc/{idp.slug}/login/")
    assert refused(answer).details["reason"] == "discovery"


def test_the_last_good_description_serves_while_the_provider_is_down(
    idp: LocalIdp, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.oidc.discovery.KEEP", -1.0)
    assert walk.start(idp.slug)
    idp.fault("discovery-down", times=10)
    assert walk.start(idp.slug)


def test_what_is_known_is_not_asked_again(idp: LocalIdp, asked: list[str]) -> None:
    for _ in range(3):
        assert Walk().sign_in(idp.slug).status_code == 302
    discovery, jwks = f"{idp.issuer}/.well-known/openid-configuration", idp.discovery()["jwks_uri"]
    assert [asked.count(discovery), asked.count(jwks)] == [1, 1]


def test_a_new_key_is_asked_for_once_and_not_in_a_loop(idp: LocalIdp, walk: Walk, asked: list[str]) -> None:
    assert walk.sign_in(idp.slug).status_code == 302
    idp.rotate()
    assert walk.sign_in(idp.slug).status_code == 302
    idp.fault("unknown-kid", times=3)
    assert [walk.sign_in(idp.slug).status_code for _ in range(3)] == [403] * 3
    assert asked.count(idp.discovery()["jwks_uri"]) == 2


def test_an_urgent_key_change_retires_the_old_key(idp: LocalIdp, walk: Walk) -> None:
    address = walk.come_back(idp.slug, "alice")
    idp.rotate(retire=True)
    forget()
    assert walk.client.get(address).status_code == 302


@pytest.mark.parametrize("seconds", [-3655, 55])
def test_clocks_may_differ_by_a_minute(idp: LocalIdp, walk: Walk, seconds: int) -> None:
    address = walk.come_back(idp.slug, "alice")
    idp.fault(claims={"shift": {"iat": seconds, "exp": seconds}})
    assert walk.client.get(address).status_code == 302


@pytest.mark.parametrize(
    "says",
    [
        {"set": {"aud": ["$client_id", "another"], "azp": "$client_id"}},
        {"set": {"aud": ["$client_id"]}, "drop": ["azp"]},
        {"set": {"aud": ["$client_id", "$client_id"]}, "drop": ["azp"]},
        {"set": {"aud": "$client_id"}, "drop": ["azp"]},
    ],
)
def test_an_audience_list_with_us_in_it_is_ours(idp: LocalIdp, walk: Walk, says: dict[str, object]) -> None:
    address = walk.come_back(idp.slug, "alice")
    idp.fault(**named({"claims": says}, idp))
    assert walk.client.get(address).status_code == 302


def test_a_refusal_keeps_who_was_signed_in(idp: LocalIdp, walk: Walk) -> None:
    walk.sign_in(idp.slug, "alice")
    address = walk.come_back(idp.slug, "bob")
    idp.fault("foreign-key")
    assert walk.client.get(address).status_code == 403
    assert SignIn.objects.get().ended_at is None
    assert walk.client.get("/sign-ins/").status_code == 200


def test_no_refusal_names_the_subject(idps: LocalIdps, walk: Walk) -> None:
    address = walk.come_back("google", "alice")
    idps.google.fault("wrong-nonce")
    details = refused(walk.client.get(address)).details
    assert (len(details["subject_hash"]), details["provider"]) == (16, "google")
    assert "10485760" not in str(Event.objects.get().details)


def test_no_token_reaches_the_log(idp: LocalIdp, walk: Walk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    walk.sign_in(idp.slug, "alice")
    for fault in ("foreign-key", "wrong-nonce", "expired", "token-invalid-grant"):
        address = walk.come_back(idp.slug, "alice")
        idp.fault(fault)
        walk.client.get(address)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert ours
    assert not [line for line in ours if "eyJ" in line or idp.client_secret in line]
