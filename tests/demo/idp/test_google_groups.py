"""Google's service account and the two APIs that know groups: strict where Google is."""

import time
from typing import Any

import jwt
import pytest
import requests

from demo.idp.service_account import CLOUD_IDENTITY, DIRECTORY, JWT_BEARER
from demo.idp.testing import LocalIdps

SEARCH, LIST = "/v1/groups/-/memberships:searchTransitiveGroups", "/admin/directory/v1/groups"


def redeem(idps: LocalIdps, key: dict[str, str] | None = None, **changes: Any) -> requests.Response:
    """Send an assertion as google-auth would; None takes a claim out."""
    key, now = key or idps.service_account_key(), int(time.time())
    usual = {"iss": key["client_email"], "aud": key["token_uri"], "iat": now, "exp": now + 3600}
    claims = {name: value for name, value in {**usual, "scope": CLOUD_IDENTITY, **changes}.items() if value is not None}
    assertion = jwt.encode(claims, key["private_key"], algorithm="RS256", headers={"kid": key["private_key_id"]})
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    return requests.post(f"{idps.google.issuer}/token", data=form, timeout=10)


def ask(idps: LocalIdps, path: str, parameters: dict[str, str], **claims: Any) -> requests.Response:
    token = redeem(idps, **claims).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{idps.google.issuer}{path}", params=parameters, headers=headers, timeout=10)


def query(member: str, label: str = "discussion_forum", more: str = "") -> dict[str, str]:
    return {"query": f"member_key_id == '{member}' && 'cloudidentity.googleapis.com/groups.{label}' in labels{more}"}


def search(idps: LocalIdps, **parameters: str) -> list[str]:
    answer = ask(idps, SEARCH, {**query("bob@example.com"), **parameters}).json()
    return [relation["groupKey"]["id"] for relation in answer["memberships"]]


def test_a_search_is_transitive(idps: LocalIdps) -> None:
    assert search(idps) == ["aws-dev@example.com", "engineering@example.com", "everyone@example.com"]


def test_a_search_takes_a_label_and_a_customer(idps: LocalIdps) -> None:
    assert search(idps, **query("BOB@example.com", "security")) == ["aws-dev@example.com"]
    ours = search(idps, **query("alice@example.com", more=" && parent == 'customers/C0example'"))
    assert "aws-prod@partner.example" not in ours


def test_a_list_is_direct_and_wants_its_own_scope(idps: LocalIdps) -> None:
    answer = ask(idps, LIST, {"userKey": "bob@example.com"}, scope=DIRECTORY).json()
    assert [group["email"] for group in answer["groups"]] == ["aws-dev@example.com"]
    assert ask(idps, LIST, {"userKey": "bob@example.com"}).status_code == 403
    assert ask(idps, LIST, {"userKey": "b@example.com", "customer": "C0example"}, scope=DIRECTORY).status_code == 400
    idps.google_groups(everyone=[])
    assert "groups" not in ask(idps, LIST, {"userKey": "mallory@evil.example"}, scope=DIRECTORY).json()


def test_pages_lead_on(idps: LocalIdps) -> None:
    first = ask(idps, SEARCH, {**query("bob@example.com"), "pageSize": "2"}).json()
    assert (len(first["memberships"]), first["nextPageToken"]) == (2, "2")
    assert search(idps, pageSize="2", pageToken="2") == ["everyone@example.com"]
    assert ask(idps, SEARCH, {**query("bob@example.com"), "pageSize": "1001"}).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "https://oauth2.googleapis.com/other"}, "invalid_grant"),
        ({"iss": "somebody@else.iam.gserviceaccount.com"}, "invalid_grant"),
        ({"exp": int(time.time()) + 86_400}, "invalid_grant"),  # a run may come here long after it found its tests
        ({"iat": int(time.time()) + 86_400, "exp": int(time.time()) + 86_500}, "invalid_grant"),
        ({"iat": 1, "exp": 2}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope"),
        ({"sub": "nobody@example.com"}, "invalid_grant"),
        ({"sub": "mallory@evil.example"}, "invalid_grant"),
    ],
)
def test_a_wrong_assertion_gets_no_token(idps: LocalIdps, changes: dict[str, Any], error: str) -> None:
    answer = redeem(idps, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_another_key_gets_no_token(idps: LocalIdps) -> None:
    key = idps.service_account_key()
    idps.rotate_service_account(retire=True)
    assert redeem(idps, key).json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    assert redeem(idps).status_code == 200


def test_what_administrators_took_away_is_gone(idps: LocalIdps) -> None:
    assert ask(idps, SEARCH, query("bob@example.com"), sub="erin@example.com").status_code == 200
    assert ask(idps, SEARCH, query("bob@example.com"), sub="bob@example.com").status_code == 403
    idps.service_account(groups_reader=False)
    assert ask(idps, SEARCH, query("bob@example.com")).status_code == 403
    idps.service_account(delegated_scopes=[])
    assert redeem(idps, sub="erin@example.com").json()["error"] == "unauthorized_client"
    idps.service_account(enabled=False)
    assert redeem(idps).json()["error"] == "invalid_grant"


def test_strangers_and_rubbish_are_refused(idps: LocalIdps) -> None:
    assert (
        requests.get(f"{idps.google.issuer}{LIST}", params={"userKey": "bob@example.com"}, timeout=10).status_code
        == 401
    )
    assert ask(idps, SEARCH, {"query": "member_key_id == 'bob@example.com'"}).status_code == 400
    assert ask(idps, SEARCH, query("nobody@example.com")).status_code == 404
    assert ask(idps, SEARCH, query("x' || member_key_id == 'alice@example.com")).status_code == 400


def test_members_can_be_changed(idps: LocalIdps) -> None:
    idps.google_groups(aws_dev=["charlie@example.com"])
    assert search(idps, **query("bob@example.com")) == []
    idps.reset()
    assert "aws-dev@example.com" in search(idps)
