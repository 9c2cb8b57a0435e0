import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts import wire
from accounts.refusals import Reason, SignInRefused

GIVEN_UP = threading.Event()


class Stub(BaseHTTPRequestHandler):
    """Answers by path: a redirect, an object, one too large, one that trickles, one that breaks off, any status."""

    def do_GET(self) -> None:
        status, body = self.path.rpartition("/status/")[2], self.body()
        self.send_response(302 if self.path == "/away" else int(status) if status.isdigit() else 200)
        if self.path == "/away":
            self.send_header("Location", "/fine")
        longer = {"/broken": 1, "/drip": 1_000_000}.get(self.path, 0)
        self.send_header("Content-Length", str(len(body) + longer))
        self.end_headers()
        self.wfile.write(body)
        with suppress(OSError):  # until the one who asked hangs up
            while self.path == "/drip":
                self.wfile.write(b" ")
                GIVEN_UP.wait(0.05)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def body(self) -> bytes:
        if self.path == "/large":
            return b'{"a":"' + b"x" * 1_100_000 + b'"}'
        if self.path == "/asked":
            return json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        return b'{"fine":true}'

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def stub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    GIVEN_UP.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    GIVEN_UP.set()
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
    """This one never ends; which of two clocks notices first is chance."""
    monkeypatch.setattr(wire, "WHOLE_ANSWER", 0.3)
    why, detail = reason(f"{stub}/drip")
    assert (why, detail[:15]) == (Reason.UNAVAILABLE, "no whole answer")


def test_an_answer_that_breaks_off_is_none(stub: str) -> None:
    assert reason(f"{stub}/broken") == (Reason.UNAVAILABLE, "ProtocolError")


def test_nobody_at_home_is_said_without_quoting(stub: str) -> None:
    assert reason("http://127.0.0.1:1/token?secret=x") == (Reason.UNAVAILABLE, "ConnectionError")


@pytest.mark.parametrize(("bearer", "sent"), [("a-token", "Bearer a-token"), ("", None)])
def test_a_token_goes_along_where_there_is_one(stub: str, bearer: str, sent: str | None) -> None:
    headers = wire.parsed(wire.get(f"{stub}/asked", bearer=bearer))
    assert (headers.get("authorization"), headers["accept"]) == (sent, "application/json")


def looked(url: str) -> bytes:
    return wire.look(url).body


def looked_at_whatever_came(url: str) -> bytes:
    return wire.look(url, whatever=True).body


def posted(url: str) -> object:
    return wire.post_form(url, {"a": "b"}, None)


def looked_up(url: str) -> object:
    return wire.look_up(url, headers={})


# Whoever asks, and the statuses whose body they read: 200 always, an error where it says more than its number.
READ: dict[Callable[[str], object], set[int]] = {
    wire.get: {200},
    looked: {200},
    looked_at_whatever_came: {200, 201, 302, 399, 400, 404, 429, 499},
    posted: {200, 400, 404, 499},
    looked_up: {200, 400, 404, 499},
}


@pytest.mark.parametrize("ask", READ)
@pytest.mark.parametrize("status", [200, 201, 302, 399, 400, 404, 429, 499, 500, 503])
def test_each_status_is_read_by_those_to_whom_it_says_something(
    stub: str, ask: Callable[[str], object], status: int
) -> None:
    if status in READ[ask]:
        answer = ask(f"{stub}/status/{status}")
        assert answer in (b'{"fine":true}', (status, {"fine": True}))
        return
    with pytest.raises(SignInRefused) as caught:
        ask(f"{stub}/status/{status}")
    assert (caught.value.reason, caught.value.detail) == (Reason.UNAVAILABLE, f"answered {status}")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b'"x"', b"{", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(SignInRefused) as caught:
        wire.parsed(body)
    assert (caught.value.reason, caught.value.detail) == (Reason.ANSWER, "not a JSON object")
