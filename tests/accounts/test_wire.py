import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts import wire
from accounts.refusals import Reason, SignInRefused


class Stub(BaseHTTPRequestHandler):
    """Answers by path: a redirect, an object, one too large, one that trickles, one that breaks off."""

    def do_GET(self) -> None:
        body = b'{"a":"' + b"x" * 1_100_000 + b'"}' if self.path == "/large" else b'{"fine":true}'
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/fine")
        self.send_header("Content-Length", str(len(body) + (self.path == "/broken")))
        self.end_headers()
        parts = [body[at : at + 1] for at in range(len(body))] if self.path == "/drip" else [body]
        for part in parts:
            self.wfile.write(part)
            self.wfile.flush()
            time.sleep(0.1 if self.path == "/drip" else 0)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def stub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def reason(url: str) -> tuple[Reason, str]:
    with pytest.raises(SignInRefused) as caught:
        wire.get_json(url)
    return caught.value.reason, caught.value.detail


def test_an_object_is_taken(stub: str) -> None:
    assert wire.get_json(f"{stub}/fine") == {"fine": True}


def test_no_redirect_is_followed(stub: str) -> None:
    assert reason(f"{stub}/away") == (Reason.UNAVAILABLE, "answered 302")


def test_no_more_than_a_megabyte_is_read(stub: str) -> None:
    assert reason(f"{stub}/large") == (Reason.ANSWER, "longer than a megabyte")


def test_an_answer_that_trickles_in_is_given_up(stub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WHOLE_ANSWER", 0.1)
    began = time.monotonic()
    assert reason(f"{stub}/drip") == (Reason.UNAVAILABLE, "no whole answer within 0.1 seconds")
    assert time.monotonic() - began < 1  # the whole answer would take 1.3 seconds


def test_an_answer_that_breaks_off_is_none(stub: str) -> None:
    assert reason(f"{stub}/broken") == (Reason.UNAVAILABLE, "ProtocolError")


def test_nobody_at_home_is_said_without_quoting(stub: str) -> None:
    assert reason("http://127.0.0.1:1/token?secret=x") == (Reason.UNAVAILABLE, "ConnectionError")
