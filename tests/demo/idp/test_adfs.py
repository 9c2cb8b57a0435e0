"""The shape of ADFS, as Microsoft's documents and real farms show it."""

import base64
import hashlib

import jwt
import pytest
import requests

from demo.idp.adfs import Adfs
from demo.idp.people import PEOPLE
from demo.idp.testing import CALLBACKS, LocalIdp
from tests.demo.idp.flow import claims_for, tokens_for, userinfo

BARE = {"iss", "aud", "iat", "exp", "at_hash", "nonce", "auth_time", "sub", "upn", "unique_name", "sid", "pwd_exp"}


def logout(adfs: LocalIdp, **query: str) -> requests.Response:
    url = adfs.discovery()["end_session_endpoint"]
    return requests.get(url, params=query, allow_redirects=False, timeout=10)


def test_discovery_has_a_path_and_trailing_slashes(adfs: LocalIdp) -> None:
    document = adfs.discovery()
    assert document["issuer"] == f"{adfs.origin}/adfs"
    assert document["authorization_endpoint"] == f"{adfs.issuer}/oauth2/authorize/"
    assert document["token_endpoint"] == f"{adfs.issuer}/oauth2/token/"
    assert document["end_session_endpoint"] == f"{adfs.issuer}/oauth2/logout"
    assert "offline_access" not in document["scopes_supported"]


def test_both_forms_of_an_endpoint_answer(adfs: LocalIdp) -> None:
    token = [requests.post(f"{adfs.issuer}/oauth2/token{end}", timeout=10) for end in ("", "/")]
    assert [answer.json()["error"] for answer in token] == ["unsupported_grant_type"] * 2
    page = [requests.get(f"{adfs.issuer}/oauth2/authorize{end}", timeout=10) for end in ("", "/")]
    assert [answer.status_code for answer in page] == [400, 400]
    assert [answer.history for answer in page] == [[], []]


def test_the_rules_claims_come_with_allatclaims_and_the_resource(adfs: LocalIdp) -> None:
    claims = claims_for(adfs)
    assert set(claims) == BARE | {
        *("appid", "apptype", "ver", "scp", "authmethod", "email", "given_name", "family_name", "group")
    }
    assert claims["group"] == ["AWS-Prod-Admin", "AWS-Dev-Read"]
    assert claims["email"] == claims["upn"] == "alice@example.com"
    assert claims["unique_name"] == "EXAMPLE\\alice"


def test_without_resource_or_allatclaims_the_token_is_bare(adfs: LocalIdp) -> None:
    assert set(claims_for(adfs, resource=None)) == BARE
    assert set(claims_for(adfs, scope="openid email profile")) == BARE


def test_the_client_id_names_the_web_api_as_well(adfs: LocalIdp) -> None:
    assert "group" in claims_for(adfs, resource=adfs.client_id)


@pytest.mark.parametrize(
    ("person", "group"),
    [("alice", ["AWS-Prod-Admin", "AWS-Dev-Read"]), ("bob", "AWS-Dev-Read"), ("charlie", None), ("mallory", None)],
)
def test_groups_are_a_list_a_plain_string_or_absent(adfs: LocalIdp, person: str, group: list[str] | str | None) -> None:
    assert claims_for(adfs, person).get("group") == group


def test_userinfo_answers_only_sub(adfs: LocalIdp) -> None:
    answer = tokens_for(adfs, scope="openid email profile", resource=None)
    subject = jwt.decode(answer["id_token"], options={"verify_signature": False})["sub"]
    assert userinfo(adfs, answer["access_token"]).json() == {"sub": subject}


def test_userinfo_refuses_a_token_for_another_resource(adfs: LocalIdp) -> None:
    assert userinfo(adfs, tokens_for(adfs)["access_token"]).status_code == 401


def test_subjects_hold_what_trips_naive_parsers() -> None:
    for person in PEOPLE:
        subject = person.adfs_sub(Adfs.client_id)
        assert len(subject) == 44
        assert {"+", "/", "="} <= set(subject)
        assert subject != person.adfs_sub(Adfs.other_client_id)


def test_kid_is_the_certificates_thumbprint(adfs: LocalIdp) -> None:
    (key,) = requests.get(adfs.discovery()["jwks_uri"], timeout=10).json()["keys"]
    digest = hashlib.sha1(base64.b64decode(key["x5c"][0]), usedforsecurity=False).digest()
    assert key["kid"] == key["x5t"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_signing_out_returns_only_with_a_genuine_hint_and_to_a_registered_address(adfs: LocalIdp) -> None:
    hint, home = tokens_for(adfs)["id_token"], CALLBACKS["adfs"]
    good = logout(adfs, id_token_hint=hint, post_logout_redirect_uri=home)
    assert (good.status_code, good.headers["Location"]) == (302, home)
    forged = jwt.encode({"aud": adfs.client_id, "iss": adfs.issuer}, "k" * 32, algorithm="HS256")
    for query in (
        {"post_logout_redirect_uri": home},
        {"id_token_hint": hint, "post_logout_redirect_uri": "http://evil.example/"},
        {"id_token_hint": forged, "post_logout_redirect_uri": home},
        {"id_token_hint": "rubbish", "post_logout_redirect_uri": home},
    ):
        answer = logout(adfs, **query)
        assert (answer.status_code, "You have signed out" in answer.text) == (200, True)
