"""The authorization endpoint: check the request, show the people, answer with a code or an error."""

import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import flask
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import LoginRequiredError
from werkzeug.wrappers import Response

from demo.idp.grants import Server
from demo.idp.people import Person
from demo.idp.provider import Provider
from demo.idp.vault import Consent
from demo.idp.world import BASE_POLICY

# The providers share the host 127.0.0.1 with each other, and cookies know no ports.
COOKIE = "daypass_demo_idp"


class RefusedError(Exception):
    """The request is too wrong to send the browser back: the person stays on a page that says why."""


def authorize(server: Server) -> Response:
    """GET shows the people, or answers at once for a remembered browser. POST is a person's choice."""
    try:
        grant = _checked_grant(server)
        return _choice(server, grant) if flask.request.method == "POST" else _first_look(server, grant)
    except OAuth2Error as error:
        return _refuse(server, error)


def _checked_grant(server: Server) -> Any:
    wanted = flask.request.args
    _check_client(server.provider, wanted)
    # From here on, errors may travel to the redirect URI, for it is a registered one.
    try:
        grant = server.get_consent_grant()
        _check_request(server.provider, wanted)
    except OAuth2Error as error:
        error.redirect_uri, error.state = wanted["redirect_uri"], wanted.get("state")
        raise
    return grant


def _check_client(provider: Provider, wanted: Any) -> None:
    """Client and redirect URI, compared character by character (RFC 9700 section 2.1)."""
    for name in ("client_id", "redirect_uri"):
        if len(wanted.getlist(name)) != 1:
            raise RefusedError(f"The request must have exactly one {name}.")
    client = provider.clients.get(wanted["client_id"])
    if client is None:
        raise RefusedError("This application is not registered here.")
    if not client.check_redirect_uri(wanted["redirect_uri"]):
        raise RefusedError("The redirect URI is not registered for this application.")


def _check_request(provider: Provider, wanted: Any) -> None:
    if wanted.get("response_mode", "query") != "query":
        raise InvalidRequestError("The response_mode must be query.")
    if "openid" not in wanted.get("scope", "").split():
        raise InvalidRequestError("The scope must contain openid.")
    if not wanted.get("max_age", "0").isdecimal():
        raise InvalidRequestError("The max_age must be a number.")
    if not provider.shape.check_resource(wanted.get("resource", "")):
        raise InvalidRequestError("The resource is not registered here.")
    prompts = wanted.get("prompt", "").split()
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("The prompt none stands alone.")


def _first_look(server: Server, grant: Any) -> Response:
    remembered = _remembered(server.provider)
    prompts = flask.request.args.get("prompt", "").split()
    if remembered and not {"login", "select_account", "consent"} & set(prompts):
        return _grant(server, grant, *remembered)
    if "none" in prompts:
        raise LoginRequiredError(redirect_uri=flask.request.args["redirect_uri"])
    return _page(server.provider)


def _choice(server: Server, grant: Any) -> Response:
    form = flask.request.form
    if form.get("action") == "cancel":
        raise AccessDeniedError(redirect_uri=flask.request.args["redirect_uri"])
    directory = server.provider.directory
    person = directory.by_email(form["email"]) if "email" in form else directory.get(form.get("person", ""))
    if person is None:
        return _page(server.provider, "No account here has this address.", 400)
    if person.disabled:
        return _page(server.provider, f"The account of {person.name} is disabled.", 403)
    return _remember(server.provider, person, _grant(server, grant, person, int(time.time())))


def _grant(server: Server, grant: Any, person: Person, auth_time: int) -> Response:
    consent = _consent(server.provider, person, auth_time)
    status, body, headers = grant.create_authorization_response(flask.request.args["redirect_uri"], consent)
    response = Response(body, status)
    response.headers.extend(headers)
    return response


def _consent(provider: Provider, person: Person, auth_time: int) -> Consent:
    wanted = flask.request.args
    consent = Consent(
        client_id=wanted["client_id"],
        person_id=person.id,
        scope=wanted["scope"],
        auth_time=auth_time,
        resource=wanted.get("resource", ""),
        nonce=wanted.get("nonce"),
        wants_auth_time="max_age" in wanted,
        offline=False,
    )
    return _with_offline(provider, consent)


def _with_offline(provider: Provider, consent: Consent) -> Consent:
    """Google gives a refresh token only at the first consent, or when asked for consent again."""
    first = provider.vault.remember_consent(consent)
    asked = flask.request.args.get("access_type") == "offline"
    again = "consent" in flask.request.args.get("prompt", "").split()
    return Consent(**{**consent.__dict__, "offline": asked and (first or again)})


def _refuse(server: Server, error: OAuth2Error) -> Response:
    error.state = flask.request.args.get("state")
    response: Response = server.handle_error_response(None, error)
    return response


def _page(provider: Provider, problem: str = "", status: int = 200) -> Response:
    page = flask.render_template(
        "sign_in.html",
        provider=provider,
        people=provider.directory.everyone(),
        problem=problem,
        hint=flask.request.args.get("login_hint", ""),
    )
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(flask.request.args["redirect_uri"])
    return response


def _policy(redirect_uri: str) -> str:
    """Nothing but our style sheet. Browsers apply form-action to the redirect after the POST, too."""
    target = urlsplit(redirect_uri)
    form_action = f"form-action 'self' {target.scheme}://{target.netloc}"
    return f"{BASE_POLICY}; {form_action}"


def _remembered(provider: Provider) -> tuple[Person, int] | None:
    """Who is still signed in at this provider in this browser, and since when; None if too long ago."""
    person_id, auth_time = provider.browsers.get(flask.request.cookies.get(COOKIE, ""), ("", 0))
    person = provider.active(person_id)
    age, allowed = time.time() - auth_time, flask.request.args.get("max_age")
    if person is None or (allowed is not None and age > int(allowed)):
        return None
    return person, auth_time


def _remember(provider: Provider, person: Person, response: Response) -> Response:
    if provider.settings.remember:
        browser = secrets.token_urlsafe(24)
        provider.browsers[browser] = (person.id, int(time.time()))
        path = f"/{provider.shape.slug}"
        response.set_cookie(COOKIE, browser, path=path, httponly=True, samesite="Lax")
    return response
