"""How requests reach the front: werkzeug's threaded server, silent, with header names as moto needs them."""

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

from demo.aws.requests import HEADERS


class Handler(MotoRequestHandler):
    """No access log: the login address of the sign-in endpoint holds a secret."""

    disable_nagle_algorithm = True

    def make_environ(self) -> dict[str, Any]:
        """Also the headers as they came: a WSGI environ cannot tell ``x-amz-meta-a_b`` from ``x-amz-meta-a-b``."""
        environ: dict[str, Any] = super().make_environ()
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        return environ | {HEADERS: headers}

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Silent; ``/_daypass/calls`` knows more."""
