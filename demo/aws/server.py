"""How requests reach the front: werkzeug's threaded server, silent, with header names as moto needs them."""

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler


class Handler(MotoRequestHandler):
    """No access log: the login address of the sign-in endpoint holds a secret."""

    disable_nagle_algorithm = True

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Silent; ``/_daypass/calls`` knows more."""
