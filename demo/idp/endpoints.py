"""The HTTP face of one provider: discovery, keys, authorize, token, userinfo, and sign-out or revocation."""

import time
from typing import Any
from urllib.parse import urlencode

import flask
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from werkzeug.wrappers import Response

from demo.idp import google_apis
from demo.idp.adfs import Adfs
from demo.idp.authorize import COOKIE, authorize
from demo.idp.faults import Answer
from demo.idp.google import Google
from demo.idp.grants import Server
from demo.idp.people import Person
from demo.idp.provider import Provider
from demo.idp.service_account import JWT_BEARER
from demo.idp.vault import Consent
from demo.idp.world import BASE_POLICY, World


def blueprint(provider: Provider, world: World) -> flask.Blueprint:
    """All routes below the provider's issuer."""
    slug, shape, server = provider.shape.slug, provider.shape, Server(provider)
    room = flask.Blueprint(slug, __name__, url_prefix=f"/{slug}")

    def route(path: str, view: Any, *methods: str) -> None:
        room.add_url_rule(path, endpoint=path.replace(".", "-"), view_func=view, methods=methods)

    route("/.well-known/openid-configuration", lambda: _discovery(provider, world), "GET")
    route(shape.jwks, lambda: _jwks(provider, world), "GET")
    route(shape.userinfo, lambda: _userinfo(provider, world), "GET", "POST")
    for path in shape.authorize:
        route(path, lambda: authorize(server), "GET", "POST")
    for path in shape.token:
        route(path, lambda: _token(server, world), "POST")
    if isinstance(shape, Adfs):
        route(shape.logout, lambda: _logout(provider), "GET")
    if isinstance(shape, Google):
        route(shape.revoke, lambda: _revoke(provider), "POST")
        google_apis.add_routes(route, world.service_account, world)
    return room


def _discovery(provider: Provider, world: World) -> Response:
    answer = world.faults.take(provider.shape.slug, "discovery").answer
    return answered(answer, provider.shape.discovery(provider.issuer), cache="public, max-age=3600")


def _jwks(provider: Provider, world: World) -> Response:
    answer = world.faults.take(provider.shape.slug, "jwks").answer
    keys = provider.shape.published_keys(provider.keys.published())
    return answered(answer, keys, cache="public, max-age=3600")


def _token(server: Server, world: World) -> Response:
    grant_type = flask.request.form.get("grant_type", "")
    flask.g.fault = fault = world.faults.take(server.provider.shape.slug, "token", grant_type)
    if grant_type == JWT_BEARER and isinstance(server.provider.shape, Google):
        return google_apis.token(world.service_account, fault.answer)
    if fault.answer.replaces:
        return answered(fault.answer, {})
    response: Response = server.create_token_response()
    if response.status_code != 200:
        return response
    return answered(fault.answer, response.get_json())


def _userinfo(provider: Provider, world: World) -> Response:
    """Claims for a bearer token in the header (RFC 6750 section 2.1); 401 for any other."""
    answer = world.faults.take(provider.shape.slug, "userinfo").answer
    found = _bearer(provider)
    claims = provider.shape.userinfo_claims(*found) if found else None
    if claims is None:
        refusal = flask.jsonify(error="invalid_token")
        refusal.status_code = 401
        refusal.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return refusal
    return answered(answer, claims)


def _bearer(provider: Provider) -> tuple[Person, Consent] | None:
    credentials = flask.request.authorization
    token = credentials.token if credentials and credentials.type == "bearer" else None
    consent = provider.vault.access(token or "")
    person = provider.active(consent.person_id) if consent else None
    return (person, consent) if person and consent else None


def _revoke(provider: Provider) -> Response:
    """Revocation (RFC 7009 in Google's form): 200, or 400 for a token that is not known."""
    if provider.vault.revoke(flask.request.form.get("token", "")):
        return flask.jsonify({})
    refusal = flask.jsonify(error="invalid_token")
    refusal.status_code = 400
    return refusal


def _logout(provider: Provider) -> Response:
    """ADFS's sign-out: returns only with a good id_token_hint, and only to a redirect URI of that client."""
    person_id, _ = provider.browsers.pop(flask.request.cookies.get(COOKIE, ""), ("", 0))
    target = flask.request.args.get("post_logout_redirect_uri", "")
    client_id = _hinted_client(provider, flask.request.args.get("id_token_hint", ""))
    client = provider.clients.get(client_id)
    if client and client.check_redirect_uri(target):
        return flask.redirect(target)
    told = _front_channel(provider, person_id)
    page = flask.render_template("signed_out.html", provider=provider, told=told)
    response = Response(page, content_type="text/html; charset=utf-8")
    frames = provider.logout_uri or "'none'"
    response.headers["Content-Security-Policy"] = f"{BASE_POLICY}; frame-src {frames}"
    return response


def _front_channel(provider: Provider, person_id: str) -> str:
    """The portal's LogoutUri with what ADFS tells it, the session's name alone; "" where nobody is to be told."""
    person = provider.directory.get(person_id)
    if person is None or not provider.logout_uri:
        return ""
    return f"{provider.logout_uri}?{urlencode({'sid': person.sid})}"


def _hinted_client(provider: Provider, hint: str) -> str:
    """The client that a genuine ID token was made for; an expired one is good enough for a hint."""
    try:
        keys = KeySet([key.jwk for key in provider.keys.all()])
        claims = jwt.decode(hint, keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        return ""
    return str(claims.get("aud", "")) if claims.get("iss") == provider.issuer else ""


def answered(answer: Answer, members: dict[str, Any], *, cache: str = "no-store") -> Response:
    """The endpoint's JSON, or what a fault makes of it."""
    time.sleep(answer.delay)
    if answer.replaces:
        return Response(answer.body or "", answer.status, content_type=answer.content_type)
    response = flask.jsonify(answer.change.apply(members))
    response.headers["Cache-Control"] = cache
    return response
