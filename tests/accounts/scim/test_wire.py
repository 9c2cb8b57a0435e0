"""What arrives through the real server: bodies without a length, and long addresses."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.accounts.scim.conftest import TOKEN, user_body


def ask(portal: str, *lines: str, body: bytes = b"") -> bytes:
    place = urlsplit(portal)
    head = [lines[0], f"Host: {place.netloc}", "Connection: close", *lines[1:]]
    said = b""
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as line:
        line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        while piece := line.recv(65536):
            said += piece
    return said


def post(portal: str, path: str, payload: bytes, *headers: str) -> bytes:
    half = len(payload) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (payload[:half], payload[half:]))
    lines = (f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked", *headers)
    return ask(portal, *lines, body=pieces + b"0\r\n\r\n")


def test_a_directory_may_push_without_a_length(portal: str) -> None:
    body = json.dumps(user_body("chunked")).encode()
    headers = (f"Authorization: Bearer {TOKEN}", "Content-Type: application/scim+json")
    said = post(portal, "/scim/v2/okta/Users", body, *headers)
    assert (said.split()[1], b"chunked@example.com" in said) == (b"201", True)


def test_a_tool_may_register_without_a_length(portal: str) -> None:
    body = json.dumps({"clientName": "x", "clientType": "public"}).encode()
    said = post(portal, "/client/register", body, "Content-Type: application/json")
    assert (said.split()[1], b"clientId" in said) == (b"200", True)


def test_a_logout_token_arrives_without_a_length(portal: str) -> None:
    form = "Content-Type: application/x-www-form-urlencoded"
    path = "/accounts/oidc/okta/logout/back/"
    with_length = ask(portal, f"POST {path} HTTP/1.1", form, "Content-Length: 14", body=b"logout_token=x")
    without = post(portal, path, b"logout_token=x", form)
    assert (without.split()[1], without.partition(b"\r\n\r\n")[2]) == (
        with_length.split()[1],
        with_length.partition(b"\r\n\r\n")[2],
    )


@pytest.mark.parametrize(("line", "known"), [(8190, True), (8191, False)])
def test_the_longest_line(portal: str, line: int, known: bool) -> None:  # noqa: FBT001 - a table
    start, end = "GET /accounts/oidc/okta/login/callback/?state=abc&code=", " HTTP/1.1"
    said = ask(portal, start + "c" * (line - len(start + end)) + end)
    assert (said.split()[1] != b"414") is known


@pytest.mark.parametrize(("length", "status"), [(16_300, b"200"), (16_400, b"431")])
def test_the_longest_cookie(portal: str, length: int, status: bytes) -> None:
    assert ask(portal, "GET /healthz HTTP/1.1", f"Cookie: a={'c' * length}").split()[1] == status
