"""What every view may need of HTTP: the client's address, a reference for a refusal, answers that nobody keeps."""

import ipaddress
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.gzip import gzip_page

from audit.record import Origin
from portal.texts import plain

View = Callable[..., HttpResponseBase]

# No vowels, no look-alikes: a reference is read aloud on the phone and must not spell anything.
REFERENCE_ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, counted from the right of X-Forwarded-For by DAYPASS_TRUSTED_PROXIES.

    Entries further left were written by the client and are never trusted. A header that is shorter than the
    configured number of proxies, or that holds no address there, falls back to the peer's own address.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.DAYPASS_TRUSTED_PROXIES
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    candidate = hops[-count] if count and len(hops) >= count else peer
    return _address(candidate) or _address(peer) or peer


def _address(text: str) -> str:
    """Return an IP address as it is commonly written, or "": some proxies add the port, dual-stack sockets ::ffff:."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if "." in bare and bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        ip = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def user_agent(request: HttpRequest) -> str:
    """Return the client's own description, cut to what a ledger row holds and without control characters."""
    raw = request.META.get("HTTP_USER_AGENT", "")
    return plain(raw)[:200]


def path_in_a_line(request: HttpRequest) -> str:
    """Return the path fit for a log: a line break in it must not begin a line."""
    return request.path.encode("unicode_escape").decode()


def reference() -> str:
    """Return a short random mark such as DP-7KQM-2XZB that ties a page to its ledger event."""
    marks = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"DP-{marks[:4]}-{marks[4:]}"


def no_store(view: View) -> View:
    """Forbid every cache, the browser's history included, to keep the answer (RFC 9111, section 5.2.2.5)."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return wrapper


def compressed(view: View) -> View:
    """Compress the page for whoever takes it so. Beside each use stands which secret the page does not hold.

    The length of a compressed answer tells whether what a stranger chose stands in it a second time (BREACH). So only
    pages are compressed that show no secret but the CSRF token, which Django masks anew each time, and only at an
    address without a query, the one thing that a stranger's link can choose. Django adds random bytes besides.
    """
    zipped = gzip_page(view)

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if request.GET or request.method != "GET" else zipped)(request, *args, **kwargs)

    return wrapper


def origin(request: HttpRequest, door: str = "web") -> Origin:
    """Return where the request came from, for the ledger."""
    return Origin(address=client_address(request), user_agent=user_agent(request), door=door)
