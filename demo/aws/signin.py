"""The sign-in endpoint, ``/federation``: credentials become a sign-in token, and that becomes a console.

Source: IAM user guide, "Enable custom identity broker access to the AWS console". The console is a small page
that says in which role one is. Credentials are taken by POST only: by GET they would stand in every log.
"""

import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import escape
from werkzeug import Response

from demo.aws.callers import owner_of
from demo.aws.errors import AwsError
from demo.aws.requests import Request
from demo.aws.sessions import Session, SessionStore
from demo.aws.world import World

PATH = "/federation"
TOKEN_LIFE = 900  # seconds
DESTINATION = re.compile(
    r"(?:[a-z]{2,4}(?:-[a-z]+)+-\d\.)?console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|amazonaws-eusc\.eu)"
    r"|(?:s3|support)\.console\.aws\.amazon\.com|health\.aws\.amazon\.com"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class _Ticket:
    session: Session
    expires_at: float


class SignIn:
    """Sign-in tokens live in memory for fifteen minutes."""

    def __init__(self, world: World, sessions: SessionStore) -> None:
        self._world = world
        self._sessions = sessions
        self._lock = threading.Lock()
        self._tickets: dict[str, _Ticket] = {}

    def get_signin_token(self, request: Request) -> tuple[Response, Session]:
        """Raises AwsError (400) for credentials or a duration that the console does not take."""
        if request.method != "POST" or "Session" in request.query:
            raise bad("getSigninToken is taken by POST only, with its parameters in the body.")
        session = self._session(request.form.get("Session", ""))
        _check_duration(request.form.get("SessionDuration"), session, self._world)
        token = secrets.token_urlsafe(96)
        with self._lock:
            now = time.time()
            self._tickets = {key: t for key, t in self._tickets.items() if t.expires_at > now}
            self._tickets[token] = _Ticket(session, now + TOKEN_LIFE)
        body = json.dumps({"SigninToken": token})
        return Response(body, content_type="application/json", headers=HEADERS), session

    def login(self, request: Request) -> tuple[Response, Session]:
        """The page of the console. Raises AwsError (400)."""
        form = request.form
        destination, issuer = form.get("Destination", ""), form.get("Issuer", "")
        if not is_console(destination):
            raise bad("Destination must be an address of the AWS console, by https.")
        if issuer and urlsplit(issuer).scheme not in ("https", "http"):
            raise bad("Issuer must be a web address.")
        ticket = self._tickets.get(form.get("SigninToken", ""))
        if ticket is None or ticket.expires_at <= time.time():
            raise bad("The sign-in token is not known or older than fifteen minutes.")
        self._require_alive(ticket.session)
        return _page(ticket.session, destination, issuer), ticket.session

    def _session(self, text: str) -> Session:
        try:
            content = json.loads(text)
            given = [content[name] for name in ("sessionId", "sessionKey", "sessionToken")]
        except (ValueError, LookupError, TypeError):
            raise bad("Session must be JSON with sessionId, sessionKey and sessionToken.") from None
        session = self._sessions.get(str(given[0]))
        if session is None or not _same(str(given[1]), session.secret) or not _same(str(given[2]), session.token):
            raise bad("The credentials in Session are not valid.")
        self._require_alive(session)
        return session

    def _require_alive(self, session: Session) -> None:
        if session.expired() or owner_of(session, self._world) is None:
            raise bad("The credentials in Session have expired.")


def bad(message: str) -> AwsError:
    return AwsError("BadRequest", message)


def render_error(error: AwsError) -> Response:
    return Response(f"{error.message}\n", status=error.status, content_type="text/plain", headers=HEADERS)


def _same(given: str, held: str) -> bool:
    return hmac.compare_digest(given.encode(), held.encode())


def _check_duration(text: str | None, session: Session, world: World) -> None:
    """A console may outlive its credentials only when an IAM user assumed the role, to the role's maximum."""
    if text is None:
        return
    if session.kind != "role" or session.chained or session.provider:
        raise bad("SessionDuration is not allowed for these credentials.")
    role = world.role(session.owner_arn)
    longest = min(43200, role.max_duration) if role else 0
    if not (text.isascii() and text.isdigit() and 900 <= int(text) <= longest):
        raise bad(f"SessionDuration must be between 900 and {longest} seconds.")


def is_console(address: str) -> bool:
    """Whether the address is the AWS console's own: https, no port, no user, nothing hidden."""
    if not re.fullmatch(r"https://[\x21-\x5b\x5d-\x7e]+", address):
        return False
    return DESTINATION.fullmatch(urlsplit(address).netloc) is not None


def _page(session: Session, destination: str, issuer: str) -> Response:
    nonce = secrets.token_urlsafe(16)
    rows: Mapping[str, str] = {
        "Role": session.arn,
        "Account": session.account,
        "Page": destination,
        "Until": time.strftime("%H:%M UTC", time.gmtime(session.expires_at)),
    }
    table = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    back = f'<p><a href="{escape(issuer)}">Back to {escape(urlsplit(issuer).netloc)}</a></p>' if issuer else ""
    body = PAGE.format(nonce=nonce, name=escape(session.arn.split(":", 5)[5]), table=table, back=back)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'"
    headers = HEADERS | {"Content-Security-Policy": policy}
    return Response(body, content_type="text/html; charset=utf-8", headers=headers)


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AWS console (local)</title>
<style nonce="{nonce}">
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.75rem; font-weight: 600; margin: 0 0 .5rem }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; margin: 2rem 0;
 border-top: 1px solid #8884; padding-top: 1.5rem }}
dt {{ opacity: .7 }} dd {{ margin: 0; overflow-wrap: anywhere }}
</style></head>
<body><main><h1>AWS console</h1><p>You are signed in as <strong>{name}</strong>.
This is the local AWS: the real console would open here.</p>
<dl>{table}</dl>{back}</main></body></html>
"""
