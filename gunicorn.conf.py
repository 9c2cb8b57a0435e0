"""The web process: threads for calls in flight, and clients and the embedded worker made after the fork."""

import gc
from threading import Thread
from typing import Any

from portal import env, size, startup

with startup.in_plain_words():
    bind = env.text("DAYPASS_BIND", f"127.0.0.1:{env.integer('DAYPASS_PORT', 8000, least=1, most=65535)}")
    workers = size.workers()
    threads = size.threads()
worker_class = "gthread"
timeout = 60
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
# The longest line that gunicorn takes: codes of 4096 characters come in it, beside state, iss and session_state.
limit_request_line = 8190
# The same for a header. A cookie of a neighbour under the same domain is long more often than ours.
limit_request_field_size = 16380
# The access log would hold every address a person visits; the ledger holds what matters.
accesslog = None
# Whether a request came by https is for Django to say, by DAYPASS_TRUSTED_PROXIES; gunicorn believes no header.
secure_scheme_headers: dict[str, str] = {}
# gunicorn drops names with underscores but for these. The bearer token may come from anybody: it is worth what it is.
forwarder_headers = "X-AMZ-SSO_BEARER_TOKEN"
forwarded_allow_ips = "*"


def on_starting(server: Any) -> None:
    """Say what is wrong with settings, keys, providers or database once, before any worker fails over it."""
    startup.try_all()


def pre_request(worker: Any, request: Any) -> None:
    """Drop the bearer token's dashed twin, which WSGI could not tell from the true header."""
    request.headers = [header for header in request.headers if header[0] != "X-AMZ-SSO-BEARER-TOKEN"]


def post_worker_init(worker: Any) -> None:
    """Pay once, before the first request: clients, their models, and a heap that the collector need not walk again."""
    from django.urls import reverse

    from accounts import warm
    from credentials import aws
    from portal import embedded

    reverse("roles:catalog")  # loads every view, and its modules, before the heap is frozen
    aws.warm()
    # Beside the start, which must not wait for a provider that is down.
    Thread(target=warm.all_providers, daemon=True).start()
    embedded.start_if_configured()
    gc.collect()
    gc.freeze()
