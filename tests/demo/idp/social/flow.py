"""A plain OAuth client of either stand-in: what a portal does, step by step."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from demo.idp.testing import CALLBACKS, LocalSocial, sign_in_as

DIALOGS = {"facebook": "v26.0/dialog/oauth", "amazon": "ap/oa"}
TOKENS = {"facebook": "v26.0/oauth/access_token", "amazon": "auth/o2/token"}
SCOPES = {"facebook": "email,public_profile", "amazon": "profile"}


def address(social: LocalSocial, path: str) -> str:
    return f"{social.base}/{path}"


def dialog(social: LocalSocial, **changes: str | None) -> str:
    """The authorization request; None takes a parameter out."""
    asked: dict[str, str | None] = {
        "client_id": social.client_id,
        "redirect_uri": CALLBACKS[social.slug],
        "response_type": "code",
        "scope": SCOPES[social.slug],
        "state": "state-1",
    }
    sent = {name: value for name, value in {**asked, **changes}.items() if value is not None}
    return f"{address(social, DIALOGS[social.slug])}?{urlencode(sent)}"


def answer_of(callback_url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(callback_url).query))


def code_for(social: LocalSocial, person: str = "alice", **changes: str | None) -> str:
    return answer_of(sign_in_as(requests.Session(), dialog(social, **changes), person))["code"]


def token(social: LocalSocial, **form: str | None) -> requests.Response:
    usual = {
        "grant_type": "authorization_code",
        "client_id": social.client_id,
        "client_secret": social.client_secret,
        "redirect_uri": CALLBACKS[social.slug],
    }
    sent = {name: value for name, value in {**usual, **form}.items() if value is not None}
    return requests.post(address(social, TOKENS[social.slug]), data=sent, timeout=10)


def access_token(social: LocalSocial, person: str = "alice", **changes: str | None) -> str:
    return str(token(social, code=code_for(social, person, **changes)).json()["access_token"])


def asked(social: LocalSocial, path: str, bearer: str, **parameters: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {bearer}"}
    response = requests.get(address(social, path), params=parameters, headers=headers, timeout=10)
    return response.status_code, response.json()
