"""How Celery speaks to the broker that CELERY_BROKER_URL names."""

import re
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

EMBEDDED = {
    # How often the threads look for messages (seconds); the default is a whole second.
    "broker_transport_options": {"polling_interval": 0.1},
}
REDIS = {
    "broker_transport_options": {
        # A message that no worker acknowledged comes back after this: longer than any task and any delay.
        "visibility_timeout": 600,
        # Looks for such messages every ten seconds, each time (kombu 5.7); the default finds them after 100.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
    },
}
# Kombu takes any certificate by itself. What the address says of TLS (?ssl_ca_certs=…) takes the place of this.
REDIS_BY_TLS = REDIS | {"broker_use_ssl": {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}}
RABBITMQ = {
    # A message counts as sent when the broker has it on its disks, and stays there until it is acknowledged.
    "broker_transport_options": {"confirm_publish": True, "connect_timeout": 5},
    "task_default_queue_type": "quorum",
    "task_default_exchange_type": "topic",
    "worker_detect_quorum_queues": True,
}
BY_SCHEME: dict[str, dict[str, Any]] = {
    "memory": EMBEDDED,
    "redis": REDIS,
    "rediss": REDIS_BY_TLS,
    "amqp": RABBITMQ,
    "amqps": RABBITMQ,
}


IN_MEMORY = "memory://localhost/"


def address(url: str) -> str:
    """Return the broker's address, this process's memory for none; raise ImproperlyConfigured for an unusable one.

    Several that stand in for one another are separated by semicolons, as Celery has it.
    """
    for one in (url or IN_MEMORY).split(";"):
        _check(one)
    return IN_MEMORY if _scheme(url or IN_MEMORY) == "memory" else url


def _check(url: str) -> None:
    if "://" not in url or _scheme(url) not in BY_SCHEME:
        begins = repr(_scheme(url)) if "://" in url else "no such word"
        raise ImproperlyConfigured(
            f"CELERY_BROKER_URL begins with {begins}. Write redis://, rediss://, amqp:// or amqps://, "
            "or leave it out to run the worker inside the web process."
        )
    if _scheme(url) != "memory" and not _is_readable(url):
        # Never the value: a password may be what cannot be read.
        raise ImproperlyConfigured(
            "CELERY_BROKER_URL cannot be read. Write redis://:password@host:6379/0 or "
            "amqp://user:password@host:5672/name, and percent-encode what is neither letter nor digit in the password: "
            "# is %23, / is %2F, ? is %3F, @ is %40."
        )


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()


def _is_readable(url: str) -> bool:
    """Tell whether host, port and database are where they belong: a raw character of the password moves them."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    moved = parts.netloc.count("@") > 1 or "@" in parts.path + parts.query + parts.fragment or parts.fragment
    database = re.fullmatch(r"/?[0-9]*", parts.path) or parts.scheme not in {"redis", "rediss"}
    return bool(host and port != 0 and database and not moved and not re.search(r"\s", url))


def settings_for(url: str) -> dict[str, Any]:
    """Return Celery's settings for the broker."""
    return BY_SCHEME[_scheme(url)]
