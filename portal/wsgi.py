"""WSGI entry point; the embedded worker starts in gunicorn.conf.py, after the fork."""

import os

from portal.chunked import taken
from portal.handlers import wsgi
from portal.startup import in_plain_words

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
with in_plain_words():
    application = taken(wsgi())
