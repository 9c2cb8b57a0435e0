"""The one way out of this portal by HTTP. AWS's SDK is the only other, and heeds the same proxies.

What goes out is what the code names: no cookie, no password of a ~/.netrc, no second request to where a redirect
points. What comes in is limited in size and, as a whole, in time. Proxies and roots of trust are the environment's
(docs/operations.md, "Ways out"). An error quotes nothing of what was sent or answered.
"""

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_auth_from_url
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.ssl_ import create_urllib3_context

from portal.deadline import TooLate, within
from portal.times import moment

PLACES = 64  # requests to one host that may hang at once in this process
Timeout = float | tuple[float, float]


class NoAnswer(Exception):
    """Nobody answered, or not in time. ``why`` is the error's kind, or OpenSSL's word on a certificate."""

    def __init__(self, why: str, *, timed_out: bool = False) -> None:
        super().__init__(why)
        self.why, self.timed_out = why, timed_out


class TooLarge(Exception):
    """The answer is larger than was asked for; its status was read."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}, at too great length")
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What came back, and until when the connection's certificate is good (None by plain http)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    tls_until: datetime | None = None


@dataclass(frozen=True)
class Limits:
    """Seconds to connect and for each silence, seconds for the whole answer, and its largest size in bytes."""

    timeout: Timeout
    whole: float
    largest: int


class AsWritten(AuthBase):
    """Send what the code sends, or the name and password of the address itself; requests would look into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        name, password = get_auth_from_url(request.url or "")
        if (name or password) and "Authorization" not in request.headers:
            HTTPBasicAuth(name, password)(request)
        return request


class Trusting(HTTPAdapter):
    """Trusts further authorities beside the roots that count anyway."""

    def __init__(self, ca: str) -> None:
        self.context = create_urllib3_context()
        self.context.load_verify_locations(cadata=ca)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, ssl_context=self.context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, ssl_context=self.context)


def session(*, ca: str = "") -> requests.Session:
    """Return a way out that several threads may share. ``ca`` is PEM of authorities to trust beside the usual ones."""
    made = requests.Session()
    made.auth = AsWritten()
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if ca:
        made.mount("https://", Trusting(ca))
    return made


def ask(method: str, url: str, *, limits: Limits, ca: str = "", **sent: Any) -> Answer:
    """Return the answer, whatever its status, over a connection of its own; raise NoAnswer or TooLarge."""

    def act() -> Answer:
        with session(ca=ca) as line:
            return ask_by(line, method, url, limits=limits, **sent)

    return timely(url, limits.whole, act)


def timely(url: str, seconds: float, act: Any) -> Answer:
    """Return what ``act`` gets from the address; raise NoAnswer when the whole takes longer."""
    try:
        answer: Answer = within(seconds, act, places=places(urlsplit(url).netloc))
    except TooLate as late:
        raise NoAnswer(str(late), timed_out=True) from None
    return answer


def ask_by(line: requests.Session, method: str, url: str, *, limits: Limits, bundle: str = "", **sent: Any) -> Answer:
    """Ask by a session of ``session``. ``bundle`` is a file or folder of roots that counts instead of the usual ones.

    The caller sees to the whole time where it matters: a name's many addresses are tried one after the other.
    """
    deadline = time.monotonic() + limits.whole
    options = {**sent, "timeout": limits.timeout, "verify": bundle or None}
    try:
        with line.request(method, url, allow_redirects=False, stream=True, **options) as response:
            until = _tls_until(response)
            return Answer(response.status_code, response.headers, _read(response, limits.largest, deadline), until)
    except (requests.RequestException, HTTPError, UnicodeError) as error:
        timed_out = isinstance(error, requests.Timeout | ReadTimeoutError)
        raise NoAnswer(_why(error), timed_out=timed_out) from None


@lru_cache(maxsize=256)
def places(host: str) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(PLACES)


def _read(response: requests.Response, largest: int, deadline: float) -> bytes:
    """Return the body, giving up on one that is too large or that trickles in.

    Each read takes what has arrived, since a read that waits for its fill would wait as long as something drips.
    """
    body = b""
    while chunk := response.raw.read1(65_536, decode_content=True):
        body += chunk
        if len(body) > largest:
            raise TooLarge(response.status_code)
        if time.monotonic() > deadline:
            raise NoAnswer("no whole answer in time", timed_out=True)
    return body


def _why(error: Exception) -> str:
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
    return moment(ssl.cert_time_to_seconds(until))
