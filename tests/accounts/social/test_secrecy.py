"""Facebook takes the token to be checked in the address alone, so nothing may write addresses down."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from accounts.wire import look_up
from demo.idp.testing import LocalIdps
from tests.accounts.conftest import SignInAs


class Garbled(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\x00no header\r\n: x\r\n\r\n{}")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def garbled() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Garbled) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/debug_token"
        server.shutdown()


def test_an_answer_that_the_library_complains_of_is_not_quoted(garbled: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        look_up(garbled, headers={}, params={"input_token": "EAAsecret"})
    assert "EAAsecret" not in caplog.text


def test_an_application_may_demand_the_proof_that_its_secret_is_held(
    socials: LocalIdps, social_sign_in: SignInAs
) -> None:
    socials.facebook.settings(require_app_secret=True)
    assert social_sign_in("facebook").subject == socials.facebook.subject("alice")


@pytest.mark.parametrize(("slug", "in_addresses"), [("amazon", []), ("facebook", ["debug_token"])])
def test_a_token_is_in_no_address_but_that_one(
    social_sign_in: SignInAs, monkeypatch: pytest.MonkeyPatch, slug: str, in_addresses: list[str]
) -> None:
    sent: list[str] = []
    send = requests.Session.send

    def watched(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        sent.append(str(request.url))
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", watched)
    social_sign_in(slug)
    tokens = ("EAA", "Atza", "Atzr")
    told = [address for address in sent if any(token in address for token in tokens)]
    assert [urlsplit(address).path.rpartition("/")[2] for address in told] == in_addresses
