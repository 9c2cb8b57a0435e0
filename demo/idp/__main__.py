"""Start all providers: ``python -m demo.idp --port N --redirect-uri-google URL --redirect-uri-facebook URL ...``.

Binds 127.0.0.1, prints one JSON line when it is ready, ends on SIGTERM or Ctrl-C. Port 0 takes a free one.
"""

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo.idp.app import SHAPES, create_app
from demo.idp.faults import PROVIDERS


class _QuietHandler(WSGIRequestHandler):
    """Logs no requests: their URLs hold states and codes. GET /_demo/calls tells what was called."""

    def log_request(self, *_args: Any) -> None:
        return


def main() -> int:
    options = _options()
    listener = _listen(options.port)
    port = listener.getsockname()[1]
    server = make_server(
        "127.0.0.1",
        port,
        create_app(
            origin=f"http://127.0.0.1:{port}",
            redirect_uris={slug: getattr(options, f"redirect_uri_{slug}") for slug in PROVIDERS},
            secret=options.client_secret,
            state=options.state,
            logout_uri=options.logout_uri_adfs,
        ),
        threaded=True,
        request_handler=_QuietHandler,
        fd=listener.fileno(),
    )
    _serve(server, port)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.idp", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    for slug in PROVIDERS:
        parser.add_argument(f"--redirect-uri-{slug}", action="append", default=[], metavar="URL", help="may repeat")
    parser.add_argument("--logout-uri-adfs", default="", metavar="URL", help="is told of a sign-out, in a frame")
    parser.add_argument("--client-secret", default=os.environ.get("DEMO_CLIENT_SECRET"))
    parser.add_argument("--state", type=Path, help="directory for signing keys and refresh tokens")
    options = parser.parse_args()
    options.client_secret = options.client_secret or secrets.token_urlsafe(24)
    return options


def _listen(port: int) -> socket.socket:
    """Bind before the application is built: the issuers name the port."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        sys.exit(f"Port {port} on 127.0.0.1 cannot be used ({error.strerror}). Choose another with --port.")


def _serve(server: BaseWSGIServer, port: int) -> None:
    def stop(_number: int, _frame: object) -> None:
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    issuers = {shape.slug: f"http://127.0.0.1:{port}/{shape.slug}" for shape in SHAPES}
    print(json.dumps({"ready": True, "port": port, "issuers": issuers}), flush=True)
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main())
