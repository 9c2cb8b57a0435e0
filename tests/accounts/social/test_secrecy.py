"""Facebook takes the token to be checked in the address alone, so nothing may write addresses down."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts.wire import look_up


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
