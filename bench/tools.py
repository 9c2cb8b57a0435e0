"""What AWS's clients cost: listing 5,000 roles, taking one, and a laptop that renews its token and its credentials."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.loop import Loop

CALLERS = 8
ROLE = {"account_id": "000000000001", "role_name": "Role000"}


class Laptop:
    """One tool over one kept connection."""

    def __init__(self, base: str, client: dict[str, str], tokens: dict[str, str]) -> None:
        parts = urlsplit(base)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.client, self.tokens = client, tokens

    def get(self, path: str, **query: str) -> dict[str, Any]:
        headers = {"x-amz-sso_bearer_token": self.tokens["accessToken"]}
        self.connection.request("GET", f"{path}?{urlencode(query)}", headers=headers)
        return self._answer()

    def renew(self) -> None:
        """Exchange the refresh token for the next one, as every client does once an hour."""
        body = {**self.client, "grantType": "refresh_token", "refreshToken": self.tokens["refreshToken"]}
        self.connection.request("POST", "/token", json.dumps(body))
        self.tokens = self._answer()

    def take(self) -> None:
        self.get("/federation/credentials", **ROLE)

    def morning(self) -> None:
        self.renew()
        self.take()

    def pages(self) -> list[float]:
        """List all accounts and all their roles; return the milliseconds of each page."""
        times, accounts = self._walk("/assignment/accounts", "accountList")
        for account in accounts:
            more, _ = self._walk("/assignment/roles", "roleList", account_id=account["accountId"])
            times += more
        return times

    def _walk(self, path: str, member: str, **query: str) -> tuple[list[float], list[dict[str, str]]]:
        times, found, after = [], list[dict[str, str]](), ""
        while True:
            began = time.perf_counter()
            page = self.get(path, **query, max_result="100", next_token=after)
            times.append((time.perf_counter() - began) * 1000)
            found += page[member]
            after = page.get("nextToken", "")
            if not after:
                return times, found

    def _answer(self) -> dict[str, Any]:
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {body[:500]!r}")
        return dict(json.loads(body))


def admitted(base: str, email: str) -> Laptop:
    """Return a tool that this person let in; written straight to the database, as the portal would have."""
    from accounts.models import SignIn
    from audit.record import Origin
    from sdk.authorizations import authorize, first_tokens
    from sdk.clients import register
    from sdk.models import Authorization, Registration

    body: Any = {"clientName": "bench", "clientType": "public", "scopes": ["sso:account:access"]}
    made = register(body, origin=Origin())
    client = {name: str(made[name]) for name in ("clientId", "clientSecret")}
    registration = Registration.objects.get(pk=client["clientId"])
    sign_in = SignIn.objects.select_related("user").filter(email=email).latest("started_at")
    kind = Authorization.Kind.DEVICE
    authorization = authorize(sign_in=sign_in, registration=registration, kind=kind, origin=Origin())
    tokens = first_tokens(authorization, registration)
    return Laptop(base, client, {"accessToken": tokens.access_token, "refreshToken": tokens.refresh_token})


def measure(base: str, *, taker: str, lister: str, seconds: float, cpu: Callable[[], float]) -> dict[str, Any]:
    """Return the pages' p95 in milliseconds, and the cells of taking and of renewing and taking."""
    times = sorted(time for _ in range(3) for time in admitted(base, lister).pages())
    take = Loop(CALLERS, seconds, lambda: admitted(base, taker).take).run(cpu).as_dict()
    morning = Loop(CALLERS, seconds, lambda: admitted(base, taker).morning).run(cpu).as_dict()
    return {
        "pages": len(times) // 3,
        "page_p95_ms": round(times[int(len(times) * 0.95)], 1),
        "take": take,
        "morning": morning,
        "laptops_a_minute": int(morning["per_second"] * 60),
    }
