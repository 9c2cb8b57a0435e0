"""What goes over the network to a provider, and how little is taken from it.

One place sets the time limits, follows no redirect, and reads no more than a megabyte. Whatever goes wrong becomes one
of two refusals: the provider does not answer, or its answer makes no sense. No answer is ever quoted: it may hold a
token.
"""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from accounts.health.clock import clock_of
from accounts.health.result import Clock
from accounts.refusals import Reason, SignInRefused

LARGEST, WHOLE_ANSWER = 1_000_000, 10.0
JSON = {"Accept": "application/json"}


def get_json(url: str) -> dict[str, Any]:
    """Return the JSON object at the address; raise SignInRefused for anything but 200 and an object."""
    return parsed(get(url))


def get(url: str, *, bearer: str = "", accept: str = JSON["Accept"]) -> bytes:
    """Return what is at the address; raise SignInRefused for anything but 200."""
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    status, body = _ask("GET", url, headers=headers)
    if status != 200:
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {status}")
    return body


@dataclass(frozen=True)
class Look:
    """An answer, and what else it tells: of the server's clock, how long it took (seconds), its TLS certificate."""

    body: bytes
    host: str
    seconds: float
    clock: Clock | None
    tls_until: datetime | None


def look(url: str, *, accept: str = JSON["Accept"], whatever: bool = False) -> Look:
    """Return what is at the address as ``get`` does, with all that it tells; ``whatever`` takes any status below 500.

    No cache on the way may answer for it.
    """
    headers, sent = {"Accept": accept, "Cache-Control": "no-cache"}, time.time()
    with _asked("GET", url, headers=headers) as response:
        received, tls_until = time.time(), _tls_until(response)
        body = _read(response)
    if response.status_code != 200 and not (whatever and response.status_code < 500):
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {response.status_code}")
    told = response.headers
    clock = clock_of(told.get("Date", ""), told.get("Age", ""), sent=sent, received=received)
    return Look(body, str(urlsplit(url).hostname), round(received - sent, 2), clock, tls_until)


def post_form(url: str, form: dict[str, str], auth: tuple[str, str] | None) -> tuple[int, dict[str, Any]]:
    """Post a form and return status and JSON object, of 200 and of the 4xx that carry an OAuth error alike."""
    return _told(*_ask("POST", url, data=form, auth=auth, headers=JSON))


def look_up(url: str, *, headers: dict[str, str], params: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Ask an address that answers an error as an object, too; return status and object as ``post_form`` does."""
    return _told(*_ask("GET", url, params=params, headers={**JSON, **headers}))


def _told(status: int, body: bytes) -> tuple[int, dict[str, Any]]:
    if status != 200 and not 400 <= status < 500:
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {status}")
    return status, parsed(body)


def parsed(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):  # brackets nested by the thousand exhaust the parser
        value = None
    if not isinstance(value, dict):
        raise SignInRefused(Reason.ANSWER, "not a JSON object")
    return value


def _ask(method: str, url: str, **options: Any) -> tuple[int, bytes]:
    with _asked(method, url, **options) as response:
        return response.status_code, _read(response)


@contextmanager
def _asked(method: str, url: str, **options: Any) -> Iterator[requests.Response]:
    timeout = settings.SOCIALACCOUNT_REQUESTS_TIMEOUT
    try:
        with requests.request(method, url, timeout=timeout, allow_redirects=False, stream=True, **options) as response:
            yield response
    except (requests.RequestException, HTTPError) as error:
        raise SignInRefused(Reason.UNAVAILABLE, _why(error)) from None  # the text may quote the form


def _why(error: Exception) -> str:
    """Return the error's kind; of a certificate that is not trusted also what OpenSSL says of it."""
    for seen in _behind(error):
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"TLS: {seen.verify_message}"[:120]
    return type(error).__name__


def _behind(error: BaseException, depth: int = 8) -> Iterator[BaseException]:
    """Return an error with those that it was raised for; requests and urllib3 hand them on in their own ways."""
    yield error
    causes = [*error.args, getattr(error, "reason", None), error.__cause__]
    for cause in causes if depth else ():
        if isinstance(cause, BaseException):
            yield from _behind(cause, depth - 1)


def _tls_until(response: requests.Response) -> datetime | None:
    """Return when the connection's certificate runs out; the connection is given back once the body was read."""
    socket = getattr(response.raw.connection, "sock", None)
    certificate = socket.getpeercert() if isinstance(socket, ssl.SSLSocket) else None
    if not certificate or not isinstance(until := certificate.get("notAfter"), str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)


def _read(response: requests.Response) -> bytes:
    """Return the body, giving up on one that is too large or that trickles in.

    Each read takes what has arrived, since a read that waits for its fill would wait as long as something drips.
    """
    deadline, body = time.monotonic() + WHOLE_ANSWER, b""
    while chunk := response.raw.read1(65_536, decode_content=True):
        body += chunk
        if len(body) > LARGEST:
            raise SignInRefused(Reason.ANSWER, "longer than a megabyte")
        if time.monotonic() > deadline:
            raise SignInRefused(Reason.UNAVAILABLE, "answered too slowly")
    return body
