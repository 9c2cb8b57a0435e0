"""A plain OpenID Connect client over requests and PyJWT: what a portal does, step by step."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import requests

from demo.idp.testing import CALLBACKS, LocalIdp, sign_in_as

VERIFIER = "v" * 20 + "-0123456789._~abcdefghijklmnopqrst"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorize_url(idp: LocalIdp, **changes: str | None) -> str:
    """The authorization request of a well-behaved portal; None takes a parameter out."""
    query: dict[str, str | None] = {
        "response_type": "code",
        "client_id": idp.client_id,
        "redirect_uri": CALLBACKS[idp.slug],
        "scope": idp.scope,
        "resource": idp.resource or None,
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    sent = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return f"{idp.discovery()['authorization_endpoint']}?{urlencode(sent)}"


def answer_of(callback_url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(callback_url).query))


def code_for(idp: LocalIdp, person: str = "alice", **changes: str | None) -> str:
    return answer_of(sign_in_as(requests.Session(), authorize_url(idp, **changes), person))["code"]


def exchange(idp: LocalIdp, code: str, /, **changes: str | None) -> requests.Response:
    """The token request, by client_secret_post; None takes a parameter out."""
    return token(idp, **{**code_form(idp, code), **changes})


def code_form(idp: LocalIdp, code: str) -> dict[str, str | None]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACKS[idp.slug],
        "code_verifier": VERIFIER,
    }


def refresh(idp: LocalIdp, refresh_token: str) -> requests.Response:
    return token(idp, grant_type="refresh_token", refresh_token=refresh_token)


def token(idp: LocalIdp, **form: str | None) -> requests.Response:
    sent = {"client_id": idp.client_id, "client_secret": idp.client_secret, **form}
    given = {name: value for name, value in sent.items() if value is not None}
    return requests.post(idp.discovery()["token_endpoint"], data=given, timeout=10)


def tokens_for(idp: LocalIdp, person: str = "alice", **changes: str | None) -> dict[str, Any]:
    """Sign in and take the tokens, all in one."""
    response = exchange(idp, code_for(idp, person, **changes))
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def verified(idp: LocalIdp, id_token: str, *, nonce: bool = True) -> dict[str, Any]:
    """The claims, verified as a strict portal does. Raises jwt.PyJWTError."""
    key = jwt.PyJWKClient(idp.discovery()["jwks_uri"]).get_signing_key_from_jwt(id_token)
    required = ["iss", "aud", "exp", "iat", "sub", *(["nonce"] if nonce else [])]
    claims: dict[str, Any] = jwt.decode(
        id_token,
        key.key,
        algorithms=["RS256"],
        audience=idp.client_id,
        issuer=idp.issuer,
        options={"require": required},
    )
    return claims


def claims_for(idp: LocalIdp, person: str = "alice", **changes: str | None) -> dict[str, Any]:
    return verified(idp, tokens_for(idp, person, **changes)["id_token"])


def userinfo(idp: LocalIdp, access_token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(idp.discovery()["userinfo_endpoint"], headers=headers, timeout=10)
