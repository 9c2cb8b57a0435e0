"""ASGI entry point, for those who run an ASGI server; gunicorn serves portal.wsgi."""

import os

from portal import handlers
from portal.chunked import bounded
from portal.startup import in_plain_words
from sdk.header import Application, asgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def make() -> Application:
    """Return the portal, with the bearer token of AWS's clients handed on, and no body longer than is taken."""
    with in_plain_words():
        return bounded(asgi(handlers.asgi()))


application = make()
