"""An HTTP server that gives whatever answer a test puts in: for rubbish that no real or local AWS would send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Stub:
    """The address, the answer to every POST, and the bodies that came."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def start_stub() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            stub.paths.append(self.path)
            stub.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(stub.status)
            for name, value in {**stub.headers, "Content-Length": str(len(stub.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(stub.body)

        def log_message(self, *args: object) -> None:
            """Say nothing: the bodies hold secrets."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


GOOD = {
    "AccessKeyId": "ASIAQWERTYUIOPASDFGH",
    "SecretAccessKey": "s",
    "SessionToken": "t",
    "Expiration": "2999-01-01T00:00:00Z",
}
RESULT = "<AssumeRoleResult><Credentials>{}</Credentials>{}</AssumeRoleResult>"


def assumed(more: str = "", **values: str) -> bytes:
    members = "".join(f"<{name}>{value}</{name}>" for name, value in {**GOOD, **values}.items())
    return f"<AssumeRoleResponse>{RESULT.format(members, more)}</AssumeRoleResponse>".encode()
