"""What is Facebook's own: debug_token, the proof, no PKCE."""

import hashlib
import hmac

import pytest

from demo.idp.testing import LocalIdps, LocalSocial
from tests.demo.idp.social.flow import access_token, asked, code_for, token

OTHER_APP = "998877665544332"


@pytest.fixture
def facebook(idps: LocalIdps) -> LocalSocial:
    return idps.facebook


def app_token(facebook: LocalSocial) -> str:
    return f"{facebook.client_id}|{facebook.client_secret}"


def proof(facebook: LocalSocial, held: str) -> str:
    return hmac.new(facebook.client_secret.encode(), held.encode(), hashlib.sha256).hexdigest()


def test_a_token_is_described_to_its_own_application(facebook: LocalSocial) -> None:
    held = access_token(facebook)
    status, said = asked(facebook, "v26.0/debug_token", app_token(facebook), input_token=held)
    data = said["data"]
    assert (status, data["is_valid"], data["type"]) == (200, True, "USER")
    assert (data["app_id"], data["user_id"]) == (facebook.client_id, facebook.subject("alice"))


@pytest.mark.parametrize(("ending", "subcode"), [("revoked", 458), ("over", 463)])
def test_it_is_said_why_a_token_is_not_valid(facebook: LocalSocial, ending: str, subcode: int) -> None:
    facebook.settings(access_token_seconds=0 if ending == "over" else 60)
    held = access_token(facebook)
    if ending == "revoked":
        facebook.revoke("alice")
    data = asked(facebook, "debug_token", app_token(facebook), input_token=held)[1]["data"]
    assert (data["is_valid"], data["error"]["subcode"]) == (False, subcode)


def test_an_unknown_token_is_not_valid(facebook: LocalSocial) -> None:
    status, said = asked(facebook, "v26.0/debug_token", app_token(facebook), input_token="EAAnobody")
    assert (status, said["data"]["is_valid"], said["data"]["error"]["code"]) == (200, False, 190)


@pytest.mark.parametrize("bearer", ["", f"{OTHER_APP}|guess", "412233445566778|guess"])
def test_a_stranger_learns_nothing_of_a_token(facebook: LocalSocial, bearer: str) -> None:
    status, said = asked(facebook, "v26.0/debug_token", bearer, input_token=access_token(facebook))
    assert (status, said["error"]["code"], "data" in said) == (400, 190, False)


def test_pkce_is_thrown_away_and_then_held_against_the_client(facebook: LocalSocial) -> None:
    code = code_for(facebook, code_challenge="x" * 43, code_challenge_method="S256")
    refused = token(facebook, code=code, code_verifier="v" * 43)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 1)


def test_a_proof_that_was_sent_must_be_right(facebook: LocalSocial) -> None:
    held = access_token(facebook)
    assert asked(facebook, "me", held, appsecret_proof=proof(facebook, held))[0] == 200
    status, said = asked(facebook, "me", held, appsecret_proof="0" * 64)
    assert (status, said["error"]["type"]) == (400, "GraphMethodException")


@pytest.mark.parametrize("path", ["me", "app", "v26.0/me"])
def test_an_application_can_demand_the_proof(facebook: LocalSocial, path: str) -> None:
    held = access_token(facebook)
    assert asked(facebook, path, held)[0] == 200
    facebook.settings(require_app_secret=True)
    assert asked(facebook, path, held)[0] == 400
    assert asked(facebook, path, held, appsecret_proof=proof(facebook, held))[0] == 200


def test_fields_are_asked_for_one_by_one(facebook: LocalSocial) -> None:
    held = access_token(facebook)
    assert set(asked(facebook, "me", held, fields="id")[1]) == {"id"}
    assert set(asked(facebook, "me", held, fields="id,name,email")[1]) == {"id", "name", "email"}
    assert set(asked(facebook, "me", access_token(facebook, scope="public_profile"), fields="id,email")[1]) == {"id"}


def test_a_token_expires(facebook: LocalSocial) -> None:
    facebook.settings(access_token_seconds=0)
    held = access_token(facebook)
    assert asked(facebook, "me", held)[0] == 400
    assert asked(facebook, "debug_token", app_token(facebook), input_token=held)[1]["data"]["is_valid"] is False


def test_a_fault_reaches_into_the_data(facebook: LocalSocial) -> None:
    held = access_token(facebook)
    facebook.fault(debug_token={"set": {"app_id": OTHER_APP}})
    said = [asked(facebook, "debug_token", app_token(facebook), input_token=held)[1] for _ in range(2)]
    assert [one["data"]["app_id"] for one in said] == [OTHER_APP, facebook.client_id]
