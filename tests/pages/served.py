"""A server that hands a browser what the portal answered before, with the static files that pages name."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders

from tests.pages.walk import Page

STATIC = "/static/"
HEADERS = ("Content-Type", "Content-Security-Policy")


@dataclass
class Desk:
    """Where the server is, and the page that it has for whoever asks."""

    url: str = ""
    page: Page | None = None

    def answer(self, address: str) -> tuple[dict[str, str], bytes]:
        path = urlsplit(address).path
        if path.startswith(STATIC) and (file := finders.find(path.removeprefix(STATIC))):
            kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
            return {"Content-Type": kind, "Cache-Control": "max-age=600"}, Path(file).read_bytes()
        if self.page and address == self.page.path:
            return {name: self.page.headers.get(name, "") for name in HEADERS}, self.page.body.encode()
        return {}, b""


@contextmanager
def serving() -> Iterator[Desk]:
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers, body = desk.answer(self.path)
            self.send_response(200 if headers else 404)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing: the browser tells what is missing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
