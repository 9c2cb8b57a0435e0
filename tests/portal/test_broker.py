"""What Celery is told depends on the broker, and a broker that Daypass does not know stops the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import broker
from portal.celery import app


@pytest.mark.parametrize("url", ["filesystem://", "sqla+sqlite:///x", "localhost:6379", "http://127.0.0.1"])
def test_an_unknown_broker_stops_the_start(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^CELERY_BROKER_URL begins with .* Write redis://"):
        broker.address(url)


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


def test_every_task_of_the_schedule_exists_and_expires() -> None:
    app.autodiscover_tasks(force=True)
    entries = app.conf.beat_schedule.values()
    assert {entry["task"] for entry in entries} <= set(app.tasks)
    assert all(entry["options"]["expires"] for entry in entries)


def test_a_task_is_acknowledged_after_it_is_done_and_leaves_no_result() -> None:
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost, app.conf.task_ignore_result) == (True,) * 3
