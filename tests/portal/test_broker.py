"""What Celery is told depends on the broker, and a broker that Daypass does not know stops the start."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from pytest_django import Settings

from portal import broker
from portal.celery import app
from portal.checks import the_broker_proves_who_it_is
from tests.accounts.health.tls import serving

QUICK = {"socket_timeout": 3, "socket_connect_timeout": 3, "max_retries": 0}


@pytest.mark.parametrize("url", ["filesystem://", "sqla+sqlite:///x", "localhost:6379", "http://127.0.0.1"])
def test_an_unknown_broker_stops_the_start(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^CELERY_BROKER_URL begins with .* Write redis://"):
        broker.address(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:Zq7#cd@redis.example.com:6379/0",
        "redis://:Zq7/cd@redis.example.com:6379/0",
        "redis://:6379/Zq7@redis.example.com/0",
        "redis://Zq7:12/cd@redis.example.com:6379",
        "amqp://daypass:Zq7?cd@rabbit.example.com:5672/daypass",
        "amqp://daypass:12?Zq7@rabbit.example.com:5672/daypass",
        "amqp://daypass:12#Zq7@rabbit.example.com:5672/daypass",
        "redis://:Zq7[cd@redis.example.com:6379/0",
        "redis://:Zq7@cd@redis.example.com:6379/0",
        "redis://:Zq7 cd@redis.example.com:6379/0",
        "redis://:Zq7@redis.example.com:0/0",
        "redis://:Zq7@redis.example.com:65536/0",
        "redis://:Zq7@redis.example.com/zero",
        "redis://redis.example.com/0#Zq7",
        "amqp://rabbit.example/a;amqp://rabbit.example:Zq7/a",
        "redis://",
    ],
)
def test_an_address_that_cannot_be_read_stops_the_start_and_is_not_shown(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^CELERY_BROKER_URL cannot be read\. .* percent-encode") as told:
        broker.address(url)
    assert "Zq7" not in str(told.value)


def test_a_password_before_an_unknown_word_is_not_shown() -> None:
    with pytest.raises(ImproperlyConfigured) as told:
        broker.address("Zq7:cd@redis.example.com")
    assert "Zq7" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:a%23b@redis_1:6379/15",
        "rediss://redis.example.com?ssl_cert_reqs=required",
        "amqp://u:p@rabbit.example.com/%2fvhost",
        "amqp://a.example/x;amqp://b.example/x",
        "redis://[::1]:6379",
    ],
)
def test_an_address_in_order_is_kept_to_the_letter(url: str) -> None:
    assert broker.address(url) == url


@pytest.mark.parametrize("url", ["", "memory://", "memory://elsewhere/"])
def test_without_a_broker_it_is_this_processs_memory(url: str) -> None:
    assert broker.address(url) == "memory://localhost/"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://:secret@redis.example/1"])
def test_redis_gives_back_what_was_not_acknowledged(url: str) -> None:
    options = broker.settings_for(broker.address(url))["broker_transport_options"]
    assert (options["visibility_timeout"], options["unacked_restore_throttle"]) == (600, 1)


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1//", "amqps://rabbit.example/daypass"])
def test_rabbitmq_keeps_messages_in_quorum_queues_and_confirms_them(url: str) -> None:
    settings = broker.settings_for(broker.address(url))
    assert (settings["task_default_queue_type"], settings["broker_transport_options"]["confirm_publish"]) == (
        "quorum",
        True,
    )


@contextmanager
def impostor(folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A listener in Redis's place, with a certificate that nobody vouches for; it keeps what it is told."""
    told: list[bytes] = []
    with serving(folder, days=9), socket.create_server(("127.0.0.1", 0)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "chain.pem")

        def listen() -> None:
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as line:
                told.append(line.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"rediss://:hunter2@127.0.0.1:{server.getsockname()[1]}/0", told
        thread.join(5)


@pytest.mark.parametrize(
    ("options", "hears"),
    [("", False), ("?ssl_cert_reqs=required", False), ("?ssl_ca_certs={ca}", True), ("?ssl_cert_reqs=none", True)],
)
def test_rediss_tells_its_password_to_nobody_else(tmp_path: Path, options: str, *, hears: bool) -> None:
    with impostor(tmp_path) as (address, told):
        url = address + options.format(ca=tmp_path / "ca.pem")
        use_ssl = broker.settings_for(url)["broker_use_ssl"]
        with suppress(Exception), Connection(url, ssl=use_ssl, transport_options=QUICK) as line:
            line.channel().client.ping()
    assert any(b"hunter2" in said for said in told) == hears


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_cert_reqs=CERT_OPTIONAL", "ssl_check_hostname=false"])
def test_a_broker_that_may_be_anybody_is_warned_of(settings: Settings, option: str) -> None:
    settings.CELERY_BROKER_URL = f"rediss://:x@redis.example/0?ssl_ca_certs=/ca.pem&{option}"
    assert [found.id for found in the_broker_proves_who_it_is(None)] == ["portal.W001"]


@pytest.mark.parametrize("url", ["rediss://:x@r/0", "rediss://:x@r/0?ssl_cert_reqs=required&ssl_check_hostname=True"])
def test_a_broker_that_proves_who_it_is_is_not(settings: Settings, url: str) -> None:
    settings.CELERY_BROKER_URL = url
    assert the_broker_proves_who_it_is(None) == []


def test_every_task_of_the_schedule_exists_and_expires() -> None:
    app.autodiscover_tasks(force=True)
    entries = app.conf.beat_schedule.values()
    assert {entry["task"] for entry in entries} <= set(app.tasks)
    assert all(entry["options"]["expires"] for entry in entries)


def test_a_task_is_acknowledged_after_it_is_done_and_leaves_no_result() -> None:
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost, app.conf.task_ignore_result) == (True,) * 3
