"""Bodies without a length (Transfer-Encoding: chunked), which Django's WSGI handler would read as empty.

.NET, Node and Go send JSON so, and proxies that do not buffer pass it on. HTTP/1.1 asks to take it (RFC 9112, section
7.1) or to answer 411 (RFC 9110, section 15.5.12). Here it is taken whole, up to Django's own limit and on the disk
rather than in memory, so that what comes after sees a length like any other.

By ASGI the server ends every body, and Django copies it whole to the disk before anything looks at its length: there
the limit is held while it arrives.
"""

from collections.abc import Awaitable, Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
AsgiApplication = Callable[[Environ, Any, Any], Awaitable[None]]
PIECE, IN_MEMORY = 65_536, 65_536
NEEDED = ("411 Length Required", "Send a Content-Length: this server does not read chunked bodies.\n")
LARGE = ("413 Content Too Large", "The body is too large.\n")
BROKEN = ("400 Bad Request", "The chunked body cannot be read.\n")


def taken(application: Application) -> Application:
    """Return the application with chunked bodies given a length, where the server says that it has ended them."""

    def measured(environ: Environ, start_response: Start) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" not in environ:
            return application(environ, start_response)
        if not environ.get("wsgi.input_terminated"):
            return _refusal(start_response, *NEEDED)
        with SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                length = _copy(environ["wsgi.input"], body)
            except OSError:
                return _refusal(start_response, *BROKEN)
            if length > _most():
                return _refusal(start_response, *LARGE)
            body.seek(0)
            del environ["HTTP_TRANSFER_ENCODING"]
            return application({**environ, "wsgi.input": body, "CONTENT_LENGTH": str(length)}, start_response)

    return measured


def bounded(application: AsgiApplication) -> AsgiApplication:
    """Return the ASGI application with bodies ended where they are too long, whatever is said of their length."""

    async def measured(scope: Environ, receive: Any, send: Any) -> None:
        length = 0

        async def counted() -> Any:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            return {"type": "http.disconnect"} if length > _most() else message  # Django drops what it has, and ends

        await application(scope, counted if scope["type"] == "http" else receive, send)
        if length > _most():
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": LARGE[1].encode()})

    return measured


def _copy(stream: Any, body: Any) -> int:
    """Copy the stream and return its length; stop where it is too long."""
    length = 0
    while length <= _most() and (piece := stream.read(PIECE)):
        body.write(piece)
        length += len(piece)
    return length


def _most() -> int:
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0


def _refusal(start_response: Start, status: str, sentence: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(sentence)))])
    return [sentence.encode()]
