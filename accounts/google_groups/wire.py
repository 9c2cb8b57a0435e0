"""What goes over the network to Google's APIs, and how little is taken from it.

Google's client library builds the requests and reads the answers; this is the line it speaks over. Its usual one,
httplib2, must not be shared between threads and has no limit for a whole answer.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import google.auth.transport
import httplib2
import requests
from google.oauth2.service_account import Credentials

from accounts.google_groups.refused import GroupsUnknown
from accounts.group_problems import Problem
from portal.outgoing import Limits, NoAnswer, TooLarge, ask_by, session

LARGEST = 2_000_000


@lru_cache(maxsize=8)
def connections(ca: str) -> requests.Session:
    """Return the connections that all threads of this process share."""
    return session(ca=ca)


@dataclass(frozen=True)
class Answer:
    """An answer, in the words of google.auth.transport.Response."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Line(google.auth.transport.Request):
    """One question's way to Google, until a moment of the monotonic clock."""

    def __init__(self, until: float, ca: str = "") -> None:
        self.until, self.ca = until, ca

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Answer:
        """Ask for an access token, as google.auth wants it, which would sleep before it asks a busy Google again."""
        answer = self.ask(method, url, body, headers or {})
        if answer.status >= 500 or answer.status == 429:
            problem = Problem.UNAVAILABLE if answer.status >= 500 else Problem.RATE_LIMITED
            raise GroupsUnknown(problem, f"token endpoint: {answer.status}")
        return answer

    def ask(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Return the answer to one request; a connection that was kept too long is replaced by a new one, once."""
        try:
            return self._again(method, url, body, headers)
        except NoAnswer as error:
            raise GroupsUnknown(Problem.UNAVAILABLE, error.why) from None
        except TooLarge:
            raise GroupsUnknown(Problem.MALFORMED, "longer than two megabytes") from None

    def _again(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        try:
            return self._ask(method, url, body, headers)
        except NoAnswer as error:
            if error.timed_out:
                raise
            return self._ask(method, url, body, headers)

    def _ask(self, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Answer:
        seconds = self.left()
        limits = Limits(timeout=seconds, whole=seconds, largest=LARGEST)
        said = ask_by(connections(self.ca), method, url, limits=limits, data=body, headers=dict(headers))
        return Answer(said.status, said.headers, said.body)

    def left(self) -> float:
        """Return the seconds that are left; raise GroupsUnknown when none is."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise GroupsUnknown(Problem.UNAVAILABLE, "no whole answer in time")
        return seconds


class Authorised:
    """The line with httplib2's face, as googleapiclient wants it, and an access token on each request."""

    def __init__(self, line: Line, credentials: Credentials) -> None:
        self.line, self.credentials = line, credentials

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        answer = self._ask(method, uri, body, headers or {})
        if answer.status == 401:  # the token was revoked, or Google forgot it: one more try with a new one
            self.credentials.token = None
            answer = self._ask(method, uri, body, headers or {})
        return httplib2.Response({"status": str(answer.status)}), answer.data

    def _ask(self, method: str, uri: str, body: Any, headers: Mapping[str, str]) -> Answer:
        if not self.credentials.valid:
            self.credentials.refresh(self.line)
        return self.line.ask(method, uri, body, {**headers, "Authorization": f"Bearer {self.credentials.token}"})
