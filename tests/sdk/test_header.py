"""The bearer token's header on its way through each kind of server: the true one arrives, its twins do not."""

from email.message import Message
from io import BytesIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import RequestFactory

from sdk import development
from sdk.header import ENVIRON, asgi, bearer_token

TRUE, TWIN = "x-amz-sso_bearer_token", "x-amz-sso-bearer-token"


async def passed(scope: dict[str, Any]) -> dict[str, Any]:
    """Return what an ASGI application behind ours is given."""
    seen: list[dict[str, Any]] = []

    async def inner(given: dict[str, Any], _receive: Any, _send: Any) -> None:
        seen.append(given)

    await asgi(inner)(scope, None, None)
    return seen[0]


def run(scope: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = async_to_sync(passed)(scope)
    return found


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([(TRUE, "mine")], "mine"),
        ([(TRUE.upper(), "mine")], "mine"),
        ([(TWIN, "forged"), (TRUE, "mine")], "mine"),
        ([(TRUE, "mine"), (TWIN.upper(), "forged")], "mine"),
        ([(TWIN, "forged")], ""),
        ([("authorization", "other")], ""),
    ],
)
def test_an_asgi_server_hands_on_the_true_header_alone(headers: list[tuple[str, str]], token: str) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = run({"type": "http", "method": "GET", "path": "/", "headers": [*raw, (b"host", b"testserver")]})
    request = ASGIRequest(scope, BytesIO())
    assert (bearer_token(request), request.get_host()) == (token, "testserver")


def test_what_is_no_request_is_left_alone() -> None:
    scope = {"type": "lifespan"}
    assert run(scope) is scope


@pytest.mark.parametrize(
    ("headers", "token"),
    [([(TRUE, "mine")], "mine"), ([(TWIN, "forged"), (TRUE, "mine")], "mine"), ([(TWIN, "forged")], None)],
)
def test_djangos_own_server_hands_on_the_true_header_alone(
    monkeypatch: pytest.MonkeyPatch, headers: list[tuple[str, str]], token: str | None
) -> None:
    assert WSGIRequestHandler.get_environ is development.get_environ
    handler = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.headers = Message()
    for name, value in headers:
        handler.headers[name] = value
    environ = {f"HTTP_{TWIN.upper().replace('-', '_')}": "forged"}
    monkeypatch.setattr(development, "_get_environ", lambda one: {} if one.headers.get(TWIN) is None else environ)
    assert handler.get_environ().get(ENVIRON) == token


def test_no_token_is_an_empty_one() -> None:
    assert bearer_token(RequestFactory().get("/")) == ""
