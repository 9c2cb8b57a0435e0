"""Django's handlers, with requests whose content type says nothing of their query.

Django reads the query at once where a content type names a charset, and raises what is wrong with either before
anything can answer: the server would end such a request by itself, without a page of ours. No query has a charset.
"""

from typing import Any

from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters


class _ContentTypeAlone:
    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}


class WsgiRequest(_ContentTypeAlone, WSGIRequest):
    """A request that came by WSGI."""


class AsgiRequest(_ContentTypeAlone, ASGIRequest):
    """A request that came by ASGI."""


def wsgi() -> WSGIHandler:
    handler = get_wsgi_application()
    handler.request_class = WsgiRequest
    return handler


def asgi() -> ASGIHandler:
    handler = get_asgi_application()
    handler.request_class = AsgiRequest
    return handler
