"""The shape of Login with Amazon: tokens that begin with ``Atza|``, tokeninfo, refresh tokens, PKCE.

An application has two names: the client id, which is the ``aud`` of tokeninfo, and the application id that AWS
compares with ``www.amazon.com:app_id``. Source: Amazon's "Login with Amazon", authorization code grant and access
tokens; tokeninfo as Amazon Pay's documentation and SDKs use it.
"""

import secrets
import time
from typing import Any

import flask
from werkzeug.wrappers import Response

from demo.idp.endpoints import answered
from demo.idp.provider import Client
from demo.idp.social.names import AMAZON_APP, AMAZON_CLIENT, OTHER_AMAZON_APP, OTHER_AMAZON_CLIENT
from demo.idp.social.pages import authorize, proves
from demo.idp.social.provider import Social, SocialShape
from demo.idp.vault import Consent
from demo.idp.world import World

APPS = {AMAZON_CLIENT: AMAZON_APP, OTHER_AMAZON_CLIENT: OTHER_AMAZON_APP}
SHAPE = SocialShape("amazon", "Amazon", AMAZON_CLIENT, OTHER_AMAZON_CLIENT, APPS)
ISSUER = "https://www.amazon.com"
DENIED = {"error": "access_denied", "error_description": "Access not permitted."}


def blueprint(social: Social, world: World) -> flask.Blueprint:
    room = flask.Blueprint(SHAPE.slug, __name__, url_prefix=f"/{SHAPE.slug}")
    page = lambda: authorize(social, DENIED, challenge=True)  # noqa: E731  # as the other views
    room.add_url_rule("/ap/oa", "authorize", page, methods=["GET", "POST"])
    room.add_url_rule("/auth/o2/token", "token", lambda: _token(social, world), methods=["POST"])
    room.add_url_rule("/auth/o2/tokeninfo", "tokeninfo", lambda: _tokeninfo(social, world))
    room.add_url_rule("/user/profile", "profile", lambda: _profile(social, world))
    return room


def _token(social: Social, world: World) -> Response:
    form = flask.request.form
    answer = world.faults.take(SHAPE.slug, "token", form.get("grant_type", "")).answer
    if answer.replaces:
        return answered(answer, {})
    client = _client(social)
    if client is None:
        return _error("invalid_client", "Client authentication failed", 401)
    grants = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    if form.get("grant_type") not in grants:
        return _error("unsupported_grant_type", "The authorization grant type is not supported")
    consent = grants[form["grant_type"]](social, client)
    if consent is None:
        return _error("invalid_grant", "The request has an invalid grant parameter")
    return answered(answer, _tokens(social, consent))


def _client(social: Social) -> Client | None:
    """The client, by HTTP Basic or by the form (RFC 6749, section 2.3.1)."""
    form, basic = flask.request.form, flask.request.authorization
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if basic and basic.type == "basic":
        name, secret = basic.username or "", basic.password or ""
    client = social.clients.get(name)
    return client if client and client.check_client_secret(secret) else None


def _by_code(social: Social, client: Client) -> Consent | None:
    form = flask.request.form
    code = social.vault.spend_code(form.get("code", ""), client.id)
    fits = code and code.redirect_uri == form.get("redirect_uri") and proves(code, form.get("code_verifier"))
    return code.consent if code and fits else None


def _by_refresh_token(social: Social, client: Client) -> Consent | None:
    consent = social.vault.refresh(flask.request.form.get("refresh_token", ""))
    person = social.directory.get(consent.person_id) if consent else None
    good = consent and consent.client_id == client.id and person and not person.disabled
    return consent if good else None


def _tokens(social: Social, consent: Consent) -> dict[str, Any]:
    """Both tokens; the refresh token of a refresh is a new one beside the old."""
    seconds, made = social.settings.access_token_seconds, secrets.token_urlsafe(280)
    access, refresh = f"Atza|{made}", f"Atzr|{secrets.token_urlsafe(280)}"
    social.vault.put_access(access, consent, seconds)
    social.vault.put_refresh(refresh, consent, social.SECONDS)
    return {"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": seconds}


def _tokeninfo(social: Social, world: World) -> Response:
    """Whose token it is and for which client; ``exp`` counts the seconds that are left."""
    answer = world.faults.take(SHAPE.slug, "tokeninfo").answer
    token = _access_token()
    found = social.holder(token)
    if found is None:
        return _error("invalid_token", "The request has an invalid parameter : access_token")
    person, consent = found
    about = {"iss": ISSUER, "user_id": person.amazon_id(consent.client_id), "aud": consent.client_id}
    times = {"exp": int(social.vault.access_ends(token) - time.time()), "iat": int(time.time())}
    return answered(answer, {**about, "app_id": SHAPE.app_ids[consent.client_id], **times})


def _profile(social: Social, world: World) -> Response:
    answer = world.faults.take(SHAPE.slug, "profile").answer
    found = social.holder(_access_token())
    if found is None:
        return _error("invalid_token", "The access token provided is expired, revoked or malformed.")
    person, consent = found
    profile = {"user_id": person.amazon_id(consent.client_id)}
    if "profile" in consent.scopes:
        profile |= {"name": person.name, **({"email": person.email} if person.email else {})}
    return answered(answer, profile)


def _access_token() -> str:
    """Return the token of Authorization, of Amazon's own header, or of the address, in this order."""
    sent, bearer = flask.request, flask.request.authorization
    token = bearer.token if bearer and bearer.type == "bearer" else None
    return token or sent.headers.get("x-amz-access-token") or sent.args.get("access_token", "")


def _error(code: str, description: str, status: int = 400) -> Response:
    response = flask.jsonify(error=code, error_description=description, request_id=secrets.token_hex(16))
    response.status_code = status
    return response
