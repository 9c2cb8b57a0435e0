"""Let Django's own server hand on the bearer token: it drops every header with an underscore (CVE-2015-0219).

It drops them because WSGI cannot tell them from their dashed twins. So the true header's value is taken aside first,
the twin is removed, and nothing else changes. ``manage.py runserver`` and Django's live test server both read here.
"""

from typing import Any

from django.core.servers.basehttp import WSGIRequestHandler

from sdk.header import ENVIRON, TRUE, TWIN

_get_environ = WSGIRequestHandler.get_environ


def get_environ(self: WSGIRequestHandler) -> dict[str, Any]:
    token = self.headers.get(TRUE)
    del self.headers[TWIN]
    environ: dict[str, Any] = _get_environ(self)
    return environ | ({ENVIRON: token} if token is not None else {})


def install() -> None:
    WSGIRequestHandler.get_environ = get_environ  # type: ignore[method-assign]  # it has no setting for this
