"""What a browser meets at both: the request is checked, the people are shown, a code or an error goes back."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import flask
from werkzeug.wrappers import Response

from demo.idp.authorize import RefusedError
from demo.idp.people import Person
from demo.idp.social.provider import Social
from demo.idp.vault import Code, Consent
from demo.idp.world import BASE_POLICY

# What goes back to the redirect URI when somebody cancels; each provider has its own words.
Denial = Mapping[str, str]


def authorize(social: Social, denial: Denial, *, challenge: bool, fragment: str = "") -> Response:
    """GET shows the people, POST is a person's choice. ``challenge`` tells whether PKCE is kept or thrown away."""
    wanted = flask.request.args
    _check(social)
    if flask.request.method != "POST":
        return _page(social)
    if flask.request.form.get("action") == "cancel":
        return _back(denial, fragment)
    chosen, typed = flask.request.form.get("person", ""), flask.request.form.get("email")
    person = social.directory.by_email(typed) if typed else social.directory.get(chosen)
    if person is None or person.disabled:
        return _page(social, "This account cannot sign in.", 403)
    challenged = (wanted.get("code_challenge"), wanted.get("code_challenge_method")) if challenge else (None, None)
    return _back({"code": _code(social, person, challenged)}, fragment)


def _check(social: Social) -> None:
    """Client and redirect URI to the letter, and the code flow; else the person stays here."""
    wanted = flask.request.args
    if any(len(wanted.getlist(name)) != 1 for name in ("client_id", "redirect_uri")):
        raise RefusedError("The request must have exactly one client_id and one redirect_uri.")
    client = social.clients.get(wanted["client_id"])
    if client is None:
        raise RefusedError("This application is not registered here.")
    if not client.check_redirect_uri(wanted["redirect_uri"]):
        raise RefusedError("The redirect URI is not registered for this application.")
    if wanted.get("response_type") != "code":
        raise RefusedError("The response_type must be code.")
    if wanted.get("code_challenge") and wanted.get("code_challenge_method") != "S256":
        raise RefusedError("The code_challenge_method must be S256.")


def _code(social: Social, person: Person, challenge: tuple[str | None, str | None]) -> str:
    wanted, value = flask.request.args, secrets.token_urlsafe(32)
    scope = wanted.get("scope", "").replace(",", " ")
    consent = Consent(client_id=wanted["client_id"], person_id=person.id, scope=scope, auth_time=int(time.time()))
    ends = time.time() + social.settings.code_seconds
    social.vault.put_code(
        value,
        Code(
            consent=consent,
            redirect_uri=wanted["redirect_uri"],
            expires_at=ends,
            code_challenge=challenge[0],
            code_challenge_method=challenge[1],
        ),
    )
    return value


def _back(answer: Mapping[str, str], fragment: str) -> Response:
    state = {"state": flask.request.args["state"]} if "state" in flask.request.args else {}
    return flask.redirect(f"{flask.request.args['redirect_uri']}?{urlencode({**answer, **state})}{fragment}")


def _page(social: Social, problem: str = "", status: int = 200) -> Response:
    people = social.directory.everyone()
    page = flask.render_template("sign_in.html", provider=social, people=people, problem=problem, hint="")
    response = Response(page, status, content_type="text/html; charset=utf-8")
    target = urlsplit(flask.request.args["redirect_uri"])
    response.headers["Content-Security-Policy"] = f"{BASE_POLICY}; form-action 'self' {target.scheme}://{target.netloc}"
    return response


def proves(code: Code, verifier: str | None) -> bool:
    """Tell whether the verifier fits the challenge (RFC 7636, section 4.6); one without the other does not."""
    if code.code_challenge is None or verifier is None:
        return code.code_challenge is None and verifier is None
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, code.code_challenge)
