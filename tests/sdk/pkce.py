"""The browser's half of the code flow, by hand: ask, approve, redeem (RFC 7636)."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from tests.sdk.conftest import Answer, Tool


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


VERIFIER = "v" * 64
CHALLENGE = challenge_of(VERIFIER)
REDIRECT = "http://127.0.0.1:41000/oauth/callback"
PKCE = {
    "grantTypes": ["authorization_code", "refresh_token"],
    "redirectUris": ["http://127.0.0.1/oauth/callback"],
}


def request_of(tool: Tool, **changes: str) -> str:
    query = {
        "response_type": "code",
        "client_id": tool.registered["clientId"],
        "redirect_uri": REDIRECT,
        "state": "s-1",
        "code_challenge_method": "S256",
        "scopes": "sso:account:access",
        "code_challenge": CHALLENGE,
    }
    return "/authorize?" + urlencode({**query, **changes})


def code_from(answer: Any) -> str:
    address: str = answer.headers["Location"]
    assert address.startswith(REDIRECT + "?")
    found = parse_qs(urlsplit(address).query)
    assert found["state"] == ["s-1"]
    return found["code"][0]


def approved(browser: Client, tool: Tool) -> str:
    return code_from(browser.post(request_of(tool), {"decision": "approve"}))


def redeem(tool: Tool, code: str, **changes: str) -> Answer:
    members = {"code": code, "redirectUri": REDIRECT, "codeVerifier": VERIFIER}
    return tool.token("authorization_code", **{**members, **changes})
