"""Bodies without a length: taken where the server ends them, refused where it does not, and never too long."""

import asyncio
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from portal import asgi, chunked


class Cut(BytesIO):
    """A body whose sender goes away."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("no more data")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    told = f"{environ.get('CONTENT_LENGTH')} {environ.get('HTTP_TRANSFER_ENCODING')} "
    return [told.encode(), environ["wsgi.input"].read()]


def ask(body: BytesIO, **environ: object) -> tuple[str, bytes]:
    said: list[str] = []
    answer = chunked.taken(application)({"wsgi.input": body, **environ}, lambda status, headers: said.append(status))
    return said[0], b"".join(answer)


TERMINATED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


@pytest.mark.parametrize("length", [0, 5, 65_537])
def test_it_gets_a_length(length: int) -> None:
    body = b"x" * length
    assert ask(BytesIO(body), **TERMINATED) == ("200 OK", f"{length} None ".encode() + body)


def test_what_has_a_length_is_left_alone() -> None:
    assert ask(BytesIO(b"body"), CONTENT_LENGTH="4") == ("200 OK", b"4 None body")


@pytest.mark.parametrize("ended", [{}, {"wsgi.input_terminated": False}])
def test_a_server_that_does_not_end_it_says_411(ended: dict[str, Any]) -> None:
    status, said = ask(BytesIO(b"body"), HTTP_TRANSFER_ENCODING="chunked", **ended)
    assert (status, said) == ("411 Length Required", chunked.NEEDED[1].encode())


@pytest.mark.parametrize(("length", "status"), [(100, "200 OK"), (101, "413 Content Too Large")])
def test_it_is_no_longer_than_django_takes(settings: Settings, length: int, status: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert ask(BytesIO(b"x" * length), **TERMINATED)[0] == status


def test_reading_stops_where_it_is_too_long(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = BytesIO(b"x" * 1_000_000)
    assert (ask(body, **TERMINATED)[0], body.tell()) == ("413 Content Too Large", chunked.PIECE)


def test_one_that_is_cut_off_is_refused() -> None:
    assert ask(Cut(), **TERMINATED)[0] == "400 Bad Request"


PIECES = 1000


def ask_by_asgi(application: chunked.AsgiApplication, piece: bytes, *headers: tuple[bytes, bytes]) -> tuple[int, int]:
    """Send a thousand pieces; return the status of the answer, and how many pieces were taken."""
    taken, said = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        if taken == PIECES:
            await asyncio.Event().wait()  # a client that stays for its answer
        taken += 1
        return {"type": "http.request", "body": piece, "more_body": taken < PIECES}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "method": "POST", "path": "/healthz", "query_string": b"", "http_version": "1.1"}
    scope["headers"] = [(b"host", b"testserver"), *headers]
    async_to_sync(application)(scope, receive, send)
    assert b"connection" not in dict(said[0]["headers"])  # HTTP/2 has none
    return said[0]["status"], taken


@pytest.mark.django_db  # Django looks at its connections at the end of each request
@pytest.mark.parametrize("headers", [[], [(b"content-length", b"7")], [(b"transfer-encoding", b"chunked")]])
@pytest.mark.parametrize(("most", "told"), [(PIECES * 10, (200, PIECES)), (PIECES * 10 - 1, (413, PIECES))])
def test_by_asgi_it_is_no_longer_than_django_takes(
    settings: Settings, headers: list[tuple[bytes, bytes]], most: int, told: tuple[int, int]
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = most
    assert ask_by_asgi(asgi.make(), b"x" * 10, *headers) == told


def test_by_asgi_nothing_more_is_read_once_it_is_too_long(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert ask_by_asgi(asgi.make(), b"x" * 60) == (413, 2)


def test_by_asgi_what_is_no_request_is_left_alone() -> None:
    seen: list[Any] = []

    async def inner(*given: Any) -> None:
        seen.append(given)

    async_to_sync(chunked.bounded(inner))({"type": "lifespan"}, "receive", "send")
    assert seen == [({"type": "lifespan"}, "receive", "send")]
