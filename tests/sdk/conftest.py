"""A tool that speaks the protocol by hand, so that every wrong thing can be said as well."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from accounts.models import SignIn
from audit.record import Actor
from sdk import devices
from tests.conftest import Clock

__all__ = ["Clock"]
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
AGENT = "aws-cli/2.36.7 md/awscrt#0.27.2 ua/2.1 os/linux lang/python#3.13 md/command#sso.login"


@dataclass
class Answer:
    """An answer as a client sees it: status, type of error, JSON."""

    status: int
    error: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Tool:
    """One tool on one laptop."""

    client: Client = field(default_factory=lambda: Client(headers={"user-agent": AGENT}))
    registered: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return seen(self.client.post(path, raw, content_type="application/json", headers=headers))

    def get(self, path: str, token: str | None = None, **query: str) -> Answer:
        bearer = self.tokens.get("accessToken", "") if token is None else token
        headers = {"x-amz-sso-bearer-token": bearer} if bearer else {}
        return seen(self.client.get(path, query, headers=headers))

    def register(self, **changes: Any) -> "Tool":
        body = {"clientName": "botocore-client-daypass", "clientType": "public", "scopes": ["sso:account:access"]}
        answer = self.post("/client/register", {**body, **changes})
        assert answer.status == 200, answer
        self.registered = {name: answer.body[name] for name in ("clientId", "clientSecret")}
        return self

    def start(self) -> dict[str, Any]:
        answer = self.post("/device_authorization", {**self.registered, "startUrl": "http://testserver/start"})
        assert answer.status == 200, answer
        return answer.body

    def token(self, grant: str = DEVICE_CODE, **members: Any) -> Answer:
        return self.post("/token", {**self.registered, "grantType": grant, **members})

    def logout(self, token: str | None = None) -> Answer:
        return self.post("/logout", b"", **{"x-amz-sso-bearer-token": token or self.tokens["accessToken"]})

    def refresh(self, token: str | None = None) -> Answer:
        return self.token("refresh_token", refreshToken=token or self.tokens["refreshToken"])


def seen(response: Any) -> Answer:
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    body = json.loads(response.content) if response.content else {}
    return Answer(response.status_code, response.headers.get("x-amzn-ErrorType", ""), body, dict(response.headers))


@pytest.fixture
def tool(db: None) -> Tool:
    return Tool().register()


@pytest.fixture
def pkce(db: None) -> Tool:
    """A tool on the browser's own computer, which asks for a code."""
    addresses = ["http://127.0.0.1/oauth/callback"]
    return Tool().register(grantTypes=["authorization_code", "refresh_token"], redirectUris=addresses)


Admit = Callable[..., Tool]


@pytest.fixture
def admitted(db: None) -> Admit:
    """Return a maker of tools that their person let in: ``admitted(alice)``; ``tool`` signs in once more."""

    def make(sign_in: SignIn, tool: Tool | None = None, **registration: Any) -> Tool:
        made = tool or Tool().register(**registration)
        started = made.start()
        device = devices.waiting(started["userCode"])
        assert device is not None
        actor = Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk)
        assert devices.decide(device=device, sign_in=sign_in, approve=True, actor=actor)
        answer = made.token(deviceCode=started["deviceCode"])
        assert answer.status == 200, answer
        made.tokens = answer.body
        return made

    return make
