"""What goes over the network to a provider, and how little is taken from it.

No more than a megabyte is read, and ten seconds are waited for a whole answer. Whatever goes wrong becomes one of two
refusals: the provider does not answer, or its answer makes no sense. No answer is ever quoted: it may hold a token.
``ca`` is the PEM of a provider's own authority (``ca_file``), trusted beside the public ones.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.health.clock import clock_of
from accounts.health.result import Clock
from accounts.refusals import Reason, SignInRefused
from portal import documents
from portal.outgoing import Answer, Limits, NoAnswer, TooLarge, ask

LARGEST, WHOLE_ANSWER = 1_000_000, 10.0
JSON = {"Accept": "application/json"}
TOO_MANY = 429  # RFC 6585, section 4


def get_json(url: str, *, ca: str = "") -> dict[str, Any]:
    """Return the JSON object at the address; raise SignInRefused for anything but 200 and an object."""
    return parsed(get(url, ca=ca))


def get(url: str, *, bearer: str = "", accept: str = JSON["Accept"], ca: str = "") -> bytes:
    """Return what is at the address; raise SignInRefused for anything but 200."""
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    answer = _asked("GET", url, headers=headers, ca=ca)
    if answer.status != 200:
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {answer.status}")
    return answer.body


@dataclass(frozen=True)
class Look:
    """An answer, and what else it tells: of the server's clock, how long it took (seconds), its TLS certificate."""

    body: bytes
    host: str
    seconds: float
    clock: Clock | None
    tls_until: datetime | None


def look(url: str, *, accept: str = JSON["Accept"], whatever: bool = False, ca: str = "") -> Look:
    """Return what is at the address as ``get`` does, with all that it tells; ``whatever`` takes any status below 500.

    No cache on the way may answer for it.
    """
    headers, sent = {"Accept": accept, "Cache-Control": "no-cache"}, time.time()
    answer = _asked("GET", url, headers=headers, ca=ca)
    received = time.time()
    if answer.status != 200 and not (whatever and answer.status < 500):
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {answer.status}")
    told = answer.headers
    clock = clock_of(told.get("Date", ""), told.get("Age", ""), sent=sent, received=received)
    return Look(answer.body, str(urlsplit(url).hostname), round(received - sent, 2), clock, answer.tls_until)


def post_form(
    url: str, form: dict[str, str], auth: tuple[str, str] | None, *, ca: str = ""
) -> tuple[int, dict[str, Any]]:
    """Post a form and return status and JSON object, of 200 and of the 4xx that carry an OAuth error alike.

    429 carries none: whatever stands in it, the provider has had enough of us for now.
    """
    return _told(_asked("POST", url, data=form, auth=auth, headers=JSON, ca=ca))


def look_up(
    url: str, *, headers: dict[str, str], params: dict[str, str] | None = None, ca: str = ""
) -> tuple[int, dict[str, Any]]:
    """Ask an address that answers an error as an object, too; return status and object as ``post_form`` does."""
    return _told(_asked("GET", url, params=params, headers={**JSON, **headers}, ca=ca))


def _told(answer: Answer) -> tuple[int, dict[str, Any]]:
    if answer.status != 200 and (answer.status == TOO_MANY or not 400 <= answer.status < 500):
        raise SignInRefused(Reason.UNAVAILABLE, f"answered {answer.status}")
    return answer.status, parsed(answer.body)


def parsed(body: bytes) -> dict[str, Any]:
    try:
        value = documents.read(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SignInRefused(Reason.ANSWER, "not a JSON object")
    return value


def _asked(method: str, url: str, **options: Any) -> Answer:
    limits = Limits(timeout=settings.SOCIALACCOUNT_REQUESTS_TIMEOUT, whole=WHOLE_ANSWER, largest=LARGEST)
    try:
        return ask(method, url, limits=limits, **options)
    except NoAnswer as error:
        raise SignInRefused(Reason.UNAVAILABLE, error.why) from None
    except TooLarge:
        raise SignInRefused(Reason.ANSWER, "longer than a megabyte") from None
