"""The shape of Facebook: app-scoped ids, an answer in ``data`` for debug_token, `appsecret_proof`, no PKCE.

The dialog takes ``code_challenge`` and throws it away; the token endpoint then refuses a ``code_verifier``. Sources:
Meta's "Manually Build a Login Flow", "Access Tokens: Debugging and Error Handling", "Secure Graph API Calls"; the
matter of PKCE from NangoHQ/nango#7156 and better-auth/better-auth#186.
"""

import hashlib
import hmac
import secrets
from dataclasses import replace
from typing import Any

import flask
from werkzeug.wrappers import Response

from demo.idp.endpoints import answered
from demo.idp.faults import Answer, Change
from demo.idp.people import Person
from demo.idp.social.names import FACEBOOK_APP, OTHER_FACEBOOK_APP
from demo.idp.social.pages import authorize
from demo.idp.social.provider import Social, SocialShape
from demo.idp.vault import Consent
from demo.idp.world import World

APPS = {FACEBOOK_APP: FACEBOOK_APP, OTHER_FACEBOOK_APP: OTHER_FACEBOOK_APP}
SHAPE = SocialShape("facebook", "Facebook", FACEBOOK_APP, OTHER_FACEBOOK_APP, APPS)
DENIED = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}
NO_CHALLENGE = "code_verifier param is provided without a code_challenge in authorization request."


def blueprint(social: Social, world: World) -> flask.Blueprint:
    """All routes, with and without the version of the Graph API in the path."""
    room = flask.Blueprint(SHAPE.slug, __name__, url_prefix=f"/{SHAPE.slug}")
    views = {
        "dialog/oauth": lambda **_: authorize(social, DENIED, challenge=False, fragment="#_=_"),
        "oauth/access_token": lambda **_: _token(social, world),
        "debug_token": lambda **_: _debug_token(social, world),
        "me": lambda **_: _me(social, world),
        "app": lambda **_: _app(social),
    }
    for path, view in views.items():
        for prefix in ("", "v<version>/"):
            room.add_url_rule(f"/{prefix}{path}", f"{prefix}{path}".replace(".", "-"), view, methods=["GET", "POST"])
    return room


def _token(social: Social, world: World) -> Response:
    answer = world.faults.take(SHAPE.slug, "token").answer
    sent = flask.request.values
    client = social.clients.get(sent.get("client_id", ""))
    if client is None:
        return _error("Error validating application. Cannot get application info due to a system error.", 101)
    if not client.check_client_secret(sent.get("client_secret", "")):
        return _error("Error validating client secret.", 1)
    if "code_verifier" in sent:
        return _error(NO_CHALLENGE, 1)
    code = social.vault.spend_code(sent.get("code", ""), client.id)
    if code is None or code.redirect_uri != sent.get("redirect_uri"):
        return _error("This authorization code has been used.", 100, error_subcode=36009)
    token, seconds = f"EAA{secrets.token_urlsafe(60)}", social.settings.access_token_seconds
    social.vault.put_access(token, code.consent, seconds)
    return answered(answer, {"access_token": token, "token_type": "bearer", "expires_in": seconds})


def _debug_token(social: Social, world: World) -> Response:
    """What a token is worth, said to its own application alone."""
    answer = world.faults.take(SHAPE.slug, "debug_token").answer
    app_id, _, secret = _bearer().partition("|")
    viewer = social.clients.get(app_id)
    if viewer is None or not viewer.check_client_secret(secret):
        return _error("Invalid OAuth access token signature.", 190)
    token = flask.request.values.get("input_token", "")
    consent = social.vault.access(token)
    if consent is None:
        return _said(answer, {"app_id": app_id, "type": "USER", "error": _why(social, token), "is_valid": False})
    if consent.client_id != app_id:
        return _error("(#100) The App_id in the input_token did not match the Viewing App", 100)
    return _said(answer, _data(social, consent, token))


def _why(social: Social, token: str) -> dict[str, Any]:
    """An error's subcode tells a session that is over from an application that its person removed."""
    if social.vault.access_ends(token):
        return {"code": 190, "message": "Error validating access token: Session has expired.", "subcode": 463}
    return {"code": 190, "message": "The user has not authorized application.", "subcode": 458}


def _said(answer: Answer, data: dict[str, Any]) -> Response:
    """Return the data, changed by a fault inside of its wrapping."""
    return answered(replace(answer, change=Change(set={"data": answer.change.apply(data)})), {})


def _data(social: Social, consent: Consent, token: str) -> dict[str, Any]:
    person = social.directory.get(consent.person_id)
    return {
        "app_id": consent.client_id,
        "type": "USER",
        "application": "Daypass",
        "data_access_expires_at": consent.auth_time + 90 * 86_400,
        "expires_at": int(social.vault.access_ends(token)),
        "is_valid": person is not None and not person.disabled,
        "scopes": ["public_profile", *(["email"] if "email" in consent.scopes else [])],
        "user_id": person.facebook_id(consent.client_id) if person else "",
    }


def _me(social: Social, world: World) -> Response:
    answer = world.faults.take(SHAPE.slug, "me").answer
    found = social.holder(_bearer())
    if found is None:
        return _error("Error validating access token: The session has been invalidated.", 190, error_subcode=460)
    if problem := _proof_problem(social, found[1], _bearer()):
        return _error(problem, 100, type="GraphMethodException")
    return answered(answer, _profile(*found))


def _proof_problem(social: Social, consent: Consent, token: str) -> str:
    """Say what is wrong with ``appsecret_proof``; one that was sent must be right, asked for or not."""
    sent = flask.request.values.get("appsecret_proof")
    if sent is None:
        return (
            "API calls from the server require an appsecret_proof argument"
            if social.settings.require_app_secret
            else ""
        )
    right = hmac.new(social.clients[consent.client_id].secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(sent, right) else "Invalid appsecret_proof provided in the API argument"


def _profile(person: Person, consent: Consent) -> dict[str, Any]:
    about = {"id": person.facebook_id(consent.client_id), "name": person.name}
    mailed = "email" in consent.scopes and person.email
    known = {**about, "email": person.email} if mailed else about
    wanted = flask.request.values.get("fields", "id,name").split(",")
    return {name: value for name, value in known.items() if name in {"id", *wanted}}


def _app(social: Social) -> Response:
    """Which application a token was made for; AWS asks that."""
    found = social.holder(_bearer())
    if found is None:
        return _error("Error validating access token: The session has been invalidated.", 190, error_subcode=460)
    if problem := _proof_problem(social, found[1], _bearer()):
        return _error(problem, 100, type="GraphMethodException")
    return flask.jsonify({"id": found[1].client_id, "name": "Daypass"})


def _bearer() -> str:
    """Return the access token of the header, or else of the parameters."""
    credentials = flask.request.authorization
    token = credentials.token if credentials and credentials.type == "bearer" else None
    return token or flask.request.values.get("access_token", "")


def _error(message: str, code: int, **more: Any) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A" + secrets.token_hex(8)}
    response = flask.jsonify(error={**error, **more})
    response.status_code = 400
    return response
