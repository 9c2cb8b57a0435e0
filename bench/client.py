"""A browser's part of taking a role: one kept connection, a session cookie, a CSRF token, a fresh request key."""

import http.client
import uuid
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

COOKIES = "daypass_session={session}; daypass_csrf={token}"
CSRF = "x" * 32


class Taker:
    """Posts a role's form again and again over one connection, each time with a key of its own."""

    def __init__(self, base: str, path: str, session: str, form: dict[str, str]) -> None:
        parts = urlsplit(base)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.path, self.form = path, form
        self.headers = {
            "Cookie": COOKIES.format(session=session, token=CSRF),
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": base,
            "Sec-Fetch-Site": "same-origin",
        }

    def take(self) -> None:
        form = {**self.form, "csrfmiddlewaretoken": CSRF, "request_key": str(uuid.uuid4())}
        self.connection.request("POST", self.path, urlencode(form), self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200 or b"ASIAEXAMPLEEXAMPLE00" not in body:
            raise RuntimeError(f"no credentials: {answer.status} {body[:2000]!r}")

    def get(self) -> bytes:
        self.connection.request("GET", self.path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.path} answered {answer.status}")
        return body


def caller(base: str, path: str, session: str, form: dict[str, str]) -> Callable[[], None]:
    return Taker(base, path, session, form).take
