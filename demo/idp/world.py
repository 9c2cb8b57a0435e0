"""What both providers share: the people, the waiting faults and the record of calls."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import flask
from werkzeug.wrappers import Response

from demo.idp.faults import Faults
from demo.idp.google_groups import GroupDirectory
from demo.idp.people import Directory
from demo.idp.service_account import ServiceAccount

# Values that are no secret. Of every other parameter only the name is kept.
PLAIN = frozenset(
    {
        "access_type",
        "client_id",
        "code_challenge_method",
        "grant_type",
        "hd",
        "login_hint",
        "max_age",
        "person",
        "post_logout_redirect_uri",
        "prompt",
        "redirect_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
    }
)
REMEMBERED_CALLS = 1000
BASE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


class Calls:
    """The last calls, without secrets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[dict[str, Any]] = []

    def record(self, response: Response) -> Response:
        entry = describe(flask.request, response)
        with self._lock:
            self._calls = [*self._calls[-REMEMBERED_CALLS + 1 :], entry]
        return response

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        with self._lock:
            self._calls = []


def describe(request: flask.Request, response: Response) -> dict[str, Any]:
    """One call: method, path, status, client authentication, plain parameters, names of the others."""
    sent = request.values
    _, slug, path = (request.path + "//").split("/", 2)
    basic = request.authorization is not None and request.authorization.type == "basic"
    return {
        "at": time.time(),
        "provider": slug,
        "path": "/" + path.removesuffix("//"),
        "method": request.method,
        "status": response.status_code,
        "client_auth": "basic" if basic else "post" if "client_secret" in sent else "",
        "parameters": {name: sent[name] for name in sorted(sent) if name in PLAIN},
        "withheld": sorted(set(sent) - PLAIN),
    }


@dataclass
class World:
    directory: Directory
    service_account: ServiceAccount
    groups: GroupDirectory = field(default_factory=GroupDirectory)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
