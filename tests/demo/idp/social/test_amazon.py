"""What is Amazon's own: tokeninfo, refresh tokens, PKCE, two names for one application."""

import base64
import hashlib

import pytest
import requests

from demo.idp.testing import LocalIdps, LocalSocial
from tests.demo.idp.social.flow import access_token, address, asked, code_for, token

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE: dict[str, str | None] = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def amazon(idps: LocalIdps) -> LocalSocial:
    return idps.amazon


def test_tokeninfo_says_whose_token_it_is_and_for_which_client(amazon: LocalSocial) -> None:
    status, said = asked(amazon, "auth/o2/tokeninfo", access_token(amazon))
    assert (status, said["aud"], said["app_id"]) == (200, amazon.client_id, "amzn1.application.daypass")
    assert (said["iss"], said["user_id"]) == ("https://www.amazon.com", amazon.subject("alice"))
    assert 3590 <= said["exp"] <= 3600  # seconds that are left


def test_a_token_may_come_in_amazons_own_header_or_in_the_address(amazon: LocalSocial) -> None:
    held, url = access_token(amazon), address(amazon, "auth/o2/tokeninfo")
    assert requests.get(url, headers={"x-amz-access-token": held}, timeout=10).status_code == 200
    assert requests.get(url, params={"access_token": held}, timeout=10).status_code == 200
    assert requests.get(url, timeout=10).status_code == 400


@pytest.mark.parametrize(
    ("challenge", "verifier", "status"),
    [(PKCE, VERIFIER, 200), (PKCE, "w" * 50, 400), (PKCE, None, 400), ({}, None, 200), ({}, VERIFIER, 400)],
)
def test_pkce_is_kept(amazon: LocalSocial, challenge: dict[str, str | None], verifier: str | None, status: int) -> None:
    assert token(amazon, code=code_for(amazon, "alice", **challenge), code_verifier=verifier).status_code == status


def test_a_refresh_token_brings_another_access_token(amazon: LocalSocial) -> None:
    first = token(amazon, code=code_for(amazon)).json()
    again = token(amazon, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert [held["access_token"][:5] for held in (first, again)] == ["Atza|", "Atza|"]
    assert first["access_token"] != again["access_token"]
    assert asked(amazon, "user/profile", again["access_token"])[1]["user_id"] == amazon.subject("alice")


def test_a_refresh_token_goes_with_its_person(idps: LocalIdps, amazon: LocalSocial) -> None:
    held = token(amazon, code=code_for(amazon)).json()["refresh_token"]
    amazon.revoke("alice")
    refused = token(amazon, grant_type="refresh_token", refresh_token=held)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("grant", ["password", "client_credentials", None])
def test_no_other_grant_is_known(amazon: LocalSocial, grant: str | None) -> None:
    assert token(amazon, grant_type=grant).json()["error"] == "unsupported_grant_type"


def test_a_client_may_authenticate_by_http_basic(amazon: LocalSocial) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": code_for(amazon),
        "redirect_uri": "http://testserver/accounts/social/amazon/login/callback/",
    }
    basic = (amazon.client_id, amazon.client_secret)
    assert requests.post(address(amazon, "auth/o2/token"), data=form, auth=basic, timeout=10).status_code == 200


def test_less_is_told_where_less_was_asked_for(amazon: LocalSocial) -> None:
    assert set(asked(amazon, "user/profile", access_token(amazon, scope="profile:user_id"))[1]) == {"user_id"}
