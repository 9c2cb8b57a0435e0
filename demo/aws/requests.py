"""One request as the front sees it: exact bytes for the signature, parsed parameters for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from werkzeug.wsgi import get_input_stream

FORM = "application/x-www-form-urlencoded"
HEADERS = "daypass.headers"  # in the environ: every header as it came, names in lower case


@dataclass(frozen=True)
class Request:
    """``raw_path`` and ``raw_query`` are as sent (still percent-encoded); header names are lower case."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    address: str
    environ: dict[str, Any]

    @classmethod
    def read(cls, environ: dict[str, Any]) -> "Request":
        target = urlsplit("//host" + environ["RAW_URI"]) if environ["RAW_URI"].startswith("/") else None
        target = target or urlsplit(environ["RAW_URI"])
        return cls(
            method=environ["REQUEST_METHOD"],
            raw_path=target.path or "/",
            raw_query=target.query,
            headers=environ[HEADERS],
            body=get_input_stream(environ).read(),
            address=environ.get("REMOTE_ADDR", ""),
            environ=environ,
        )

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of a query-protocol call: body and query string, the body wins."""
        if not self.headers.get("content-type", "").startswith(FORM):
            return self.query
        return self.query | dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
