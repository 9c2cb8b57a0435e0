"""The token endpoint: client authentication, PKCE, codes, refresh tokens."""

import pytest
import requests

from demo.idp.testing import LocalIdp, LocalIdps
from tests.demo.idp.flow import code_for, code_form, exchange, refresh, token, tokens_for, userinfo, verified

OFFLINE = {"access_type": "offline", "prompt": "consent"}


def error(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize(
    "changes",
    [{"client_secret": "wrong"}, {"client_secret": ""}, {"client_secret": None}, {"client_id": None}],
)
def test_a_client_that_does_not_authenticate_is_refused(idp: LocalIdp, changes: dict[str, str | None]) -> None:
    assert error(exchange(idp, code_for(idp), **changes)) == (401, "invalid_client")


def test_an_unknown_client_is_refused(idp: LocalIdp) -> None:
    assert error(exchange(idp, code_for(idp), client_id="nobody")) == (400, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "made-up"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": "http://testserver/elsewhere/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_token_request_is_refused(idp: LocalIdp, changes: dict[str, str | None], code: str) -> None:
    assert error(exchange(idp, code_for(idp), **changes)) == (400, code)


def test_a_failed_exchange_spends_the_code(idp: LocalIdp) -> None:
    code = code_for(idp)
    exchange(idp, code, code_verifier="w" * 43)
    assert error(exchange(idp, code)) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(idp: LocalIdp) -> None:
    code = code_for(idp, code_challenge=None, code_challenge_method=None)
    assert error(exchange(idp, code)) == (400, "invalid_request")


def test_pkce_is_not_demanded_of_a_client_with_a_secret(idp: LocalIdp) -> None:
    code = code_for(idp, code_challenge=None, code_challenge_method=None)
    assert exchange(idp, code, code_verifier=None).status_code == 200


def test_using_a_code_again_revokes_what_it_brought(idp: LocalIdp) -> None:
    code = code_for(idp, resource=None, **OFFLINE)
    first = exchange(idp, code).json()
    assert userinfo(idp, first["access_token"]).status_code == 200
    assert error(exchange(idp, code)) == (400, "invalid_grant")
    assert userinfo(idp, first["access_token"]).status_code == 401
    assert error(refresh(idp, first["refresh_token"])) == (400, "invalid_grant")


def test_a_code_expires(idp: LocalIdp) -> None:
    idp.settings(code_seconds=0)
    assert error(exchange(idp, code_for(idp))) == (400, "invalid_grant")


def test_a_code_made_for_another_client_is_refused_and_not_spent(idp: LocalIdp) -> None:
    other = {
        "google": "somebody-else.apps.example",
        "adfs": "1c0ffee0-0000-4000-8000-0000000000ff",
    }[idp.slug]
    code = code_for(idp, client_id=other, resource=None)
    assert error(exchange(idp, code)) == (400, "invalid_grant")


def test_both_ways_of_client_authentication_work(idp: LocalIdp) -> None:
    assert exchange(idp, code_for(idp)).status_code == 200
    url, basic = idp.discovery()["token_endpoint"], (idp.client_id, idp.client_secret)
    form = code_form(idp, code_for(idp))
    assert requests.post(url, data=form, auth=basic, timeout=10).status_code == 200
    seen = [call["client_auth"] for call in idp.calls() if "grant_type" in call["parameters"]]
    assert seen == ["post", "basic"]


def test_a_token_answer_is_not_cached(idp: LocalIdp) -> None:
    assert exchange(idp, code_for(idp)).headers["Cache-Control"] == "no-store"


def test_google_gives_a_refresh_token_only_for_offline_consent(google: LocalIdp) -> None:
    assert "refresh_token" not in tokens_for(google)
    assert "refresh_token" not in tokens_for(google, access_type="offline")
    assert "refresh_token" in tokens_for(google, **OFFLINE)


def test_google_gives_a_refresh_token_at_the_first_consent(google: LocalIdp) -> None:
    assert "refresh_token" in tokens_for(google, access_type="offline")
    assert "refresh_token" not in tokens_for(google, access_type="offline")


def test_adfs_gives_a_refresh_token_unasked(adfs: LocalIdp) -> None:
    assert "refresh_token" in tokens_for(adfs)


def test_refreshing_brings_a_new_id_token_of_the_same_person_and_no_new_refresh_token(idp: LocalIdp) -> None:
    first = tokens_for(idp, **OFFLINE)
    again = refresh(idp, first["refresh_token"]).json()
    before = verified(idp, first["id_token"])
    after = verified(idp, again["id_token"], nonce=False)
    assert after["sub"] == before["sub"]
    assert "nonce" not in after
    assert "refresh_token" not in again
    assert refresh(idp, first["refresh_token"]).status_code == 200


def test_a_refresh_token_of_the_other_provider_is_refused(google: LocalIdp, adfs: LocalIdp) -> None:
    assert error(refresh(google, tokens_for(adfs)["refresh_token"])) == (400, "invalid_grant")


def test_a_disabled_person_cannot_refresh(idps: LocalIdps, idp: LocalIdp) -> None:
    first = tokens_for(idp, resource=None, **OFFLINE)
    idps.person("alice", disabled=True)
    assert error(refresh(idp, first["refresh_token"])) == (400, "invalid_grant")
    assert userinfo(idp, first["access_token"]).status_code == 401
    idps.person("alice", disabled=False)
    assert refresh(idp, first["refresh_token"]).status_code == 200


def test_a_person_disabled_after_signing_in_cannot_use_the_code(idps: LocalIdps, idp: LocalIdp) -> None:
    code = code_for(idp)
    idps.person("alice", disabled=True)
    assert error(exchange(idp, code)) == (400, "invalid_grant")


def test_changed_groups_come_with_the_next_refresh(idps: LocalIdps, adfs: LocalIdp) -> None:
    first = tokens_for(adfs)
    idps.person("alice", groups=["AWS-Audit"])
    again = refresh(adfs, first["refresh_token"]).json()
    assert verified(adfs, first["id_token"])["group"] == ["AWS-Prod-Admin", "AWS-Dev-Read"]
    assert verified(adfs, again["id_token"], nonce=False)["group"] == "AWS-Audit"


def test_lifetimes_can_be_turned(idp: LocalIdp) -> None:
    idp.settings(id_token_seconds=240, access_token_seconds=120)
    answer = tokens_for(idp)
    claims = verified(idp, answer["id_token"])
    assert (claims["exp"] - claims["iat"], answer["expires_in"]) == (240, 120)


def test_an_access_token_expires(idp: LocalIdp) -> None:
    idp.settings(access_token_seconds=0)
    assert userinfo(idp, tokens_for(idp, resource=None)["access_token"]).status_code == 401


def test_google_revokes_on_request(google: LocalIdp) -> None:
    held = tokens_for(google, **OFFLINE)["refresh_token"]
    url = google.discovery()["revocation_endpoint"]
    assert requests.post(url, data={"token": held}, timeout=10).status_code == 200
    assert error(refresh(google, held)) == (400, "invalid_grant")
    assert error(requests.post(url, data={"token": held}, timeout=10)) == (400, "invalid_token")


def test_the_token_endpoint_takes_no_get(idp: LocalIdp) -> None:
    assert requests.get(idp.discovery()["token_endpoint"], timeout=10).status_code == 405


def test_a_made_up_refresh_token_is_refused(idp: LocalIdp) -> None:
    assert error(token(idp, grant_type="refresh_token", refresh_token="made-up")) == (400, "invalid_grant")
