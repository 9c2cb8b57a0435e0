"""The tests' handles: people, keys, settings, calls, reset."""

from typing import Any

import jwt
import pytest
import requests

from demo.idp.testing import LocalIdp, LocalIdps
from tests.demo.idp.flow import code_for, exchange, refresh, tokens_for, verified


def post(idps: LocalIdps, path: str, body: Any) -> int:
    return requests.post(f"{idps.origin}/_demo/{path}", json=body, timeout=10).status_code


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people/nobody", {"disabled": True}, 404),
        ("people/alice", {"google_sub": "1"}, 400),
        ("people/alice", {"disabled": "yes"}, 400),
        ("people/alice", {"groups": "AWS-Audit"}, 400),
        ("people/alice", {"groups": [7]}, 400),
        ("people/alice", [], 400),
        ("settings/nobody", {}, 404),
        ("settings/google", {"code_seconds": "1"}, 400),
        ("settings/google", {"password": "1"}, 400),
        ("keys/nobody/rotate", {}, 404),
        ("logout-token/google/nobody", {}, 404),
        ("logout-token/nobody/alice", {}, 404),
        ("logout-token/google/alice", {"name": "no-such"}, 400),
        ("logout-token/google/alice", {"userinfo": {"status": 500}}, 400),
        ("logout-token/google/alice", {"token_response": {"status": 500}}, 400),
    ],
)
def test_a_wrong_handle_is_refused(idps: LocalIdps, path: str, body: Any, status: int) -> None:
    assert post(idps, path, body) == status


@pytest.mark.parametrize("path", ["people/alice", "settings/google", "keys/google/rotate", "faults", "reset"])
def test_a_form_from_a_foreign_page_turns_nothing(idps: LocalIdps, path: str) -> None:
    """Only application/json counts, which a browser does not send across origins unasked."""
    headers = {"Content-Type": "text/plain"}
    answer = requests.post(f"{idps.origin}/_demo/{path}", data="{}", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (400, "Send a JSON object.")


def test_another_name_for_this_machine_reaches_nothing(idps: LocalIdps) -> None:
    answer = requests.get(f"{idps.origin}/_demo/calls", headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 400


def test_rotation_signs_with_a_new_key_and_still_publishes_the_old(idp: LocalIdp) -> None:
    before = tokens_for(idp)["id_token"]
    kid = idp.rotate()
    after = tokens_for(idp)["id_token"]
    assert jwt.get_unverified_header(after)["kid"] == kid
    assert verified(idp, before)["sub"] == verified(idp, after)["sub"]


def test_urgent_rotation_unpublishes_the_old_key(idp: LocalIdp) -> None:
    before = tokens_for(idp)["id_token"]
    kid = idp.rotate(retire=True)
    keys = requests.get(idp.discovery()["jwks_uri"], timeout=10).json()["keys"]
    assert [key["kid"] for key in keys] == [kid]
    with pytest.raises(jwt.PyJWKClientError):
        verified(idp, before)


def test_published_keys_hold_nothing_private(idp: LocalIdp) -> None:
    for key in requests.get(idp.discovery()["jwks_uri"], timeout=10).json()["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


def test_calls_tell_what_was_asked_and_no_secret(idp: LocalIdp) -> None:
    code = code_for(idp, nonce="very-secret-nonce", state="very-secret-state")
    answer = exchange(idp, code).json()
    told = requests.get(f"{idp.origin}/_demo/calls", timeout=10).text
    for secret in (code, idp.client_secret, answer["access_token"], answer["id_token"], "very-secret"):
        assert secret not in told
    (call,) = [call for call in idp.calls() if "grant_type" in call["parameters"]]
    assert (call["client_auth"], call["status"]) == ("post", 200)
    assert call["withheld"] == ["client_secret", "code", "code_verifier"]


def test_calls_can_be_asked_by_path(google: LocalIdp) -> None:
    code_for(google)
    assert [call["method"] for call in google.calls("/o/oauth2/v2/auth")] == ["GET", "POST"]


def test_reset_brings_people_settings_faults_and_tokens_back(idps: LocalIdps, adfs: LocalIdp) -> None:
    held = tokens_for(adfs)["refresh_token"]
    idps.person("alice", disabled=True)
    adfs.settings(code_seconds=0)
    adfs.fault("wrong-iss")
    idps.reset()
    assert refresh(adfs, held).status_code == 400
    assert verified(adfs, tokens_for(adfs)["id_token"])["sub"].endswith("=")


def test_a_logout_token_is_signed_like_an_id_token_and_says_who(idp: LocalIdp) -> None:
    token = idp.logout_token("alice", session="s-1")
    key = jwt.PyJWKClient(idp.discovery()["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=idp.client_id, issuer=idp.issuer)
    assert (claims["sub"], claims["sid"]) == (verified(idp, tokens_for(idp)["id_token"])["sub"], "s-1")
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
