"""Workers are killed and brokers go away in the middle of it: nothing is lost, nothing happens twice."""

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import kombu
import psycopg
import pytest

from tests import lanes
from tests.audit.world import EMBEDDED, Wire, World, kill, world

SESSIONS = 30
BROKERS = [
    pytest.param((lanes.REDIS_URL, 6379), marks=pytest.mark.lane("redis"), id="redis"),
    pytest.param((lanes.RABBITMQ_URL, 5672), marks=pytest.mark.lane("rabbitmq"), id="rabbitmq"),
]


def all_audited_once(count: int) -> dict[str, int]:
    """One first use and one burst are among them, however the work was cut up."""
    return {"waiting": 0, "audits": count, "sessions audited": count, "findings": 2, "flags": 2}


def kill_in_the_middle(portal: World, *command: str, times: int) -> None:
    """Start a worker, and kill it while it audits; so many times."""
    for _ in range(times):
        before = portal.counts()["audits"]
        process = portal.start(*command)
        counts = portal.wait(partial(has_audited_more_than, before))
        kill(process)
        assert before < counts["audits"] < SESSIONS, "killed too early or too late"


def has_audited_more_than(before: int, counts: dict[str, int]) -> bool:
    return counts["audits"] > before + 1


@pytest.fixture
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Wire]]:
    """A portal with the broker of the lane, reached by a wire; afterwards the broker knows nothing of it any more."""
    url, port = request.param
    wire = Wire(url, port)
    with world(tmp_path, broker_url=wire.url) as made:
        yield made, wire
    forget(url, made.queue)


def forget(url: str, queue: str) -> None:
    with kombu.Connection(url) as connection:
        channel = connection.default_channel
        channel.queue_delete(queue)
        channel.exchange_delete(queue)
        if url.startswith("redis"):
            channel.client.delete(queue, *channel.client.keys(f"*{queue}*"))


def test_an_embedded_worker_killed_while_auditing(tmp_path: Path) -> None:
    with world(tmp_path) as portal:
        portal.seed(SESSIONS)
        kill_in_the_middle(portal, *EMBEDDED, times=2)
        portal.start(*EMBEDDED)
        assert portal.wait(lambda counts: counts["waiting"] == 0) == all_audited_once(SESSIONS)


def test_two_embedded_workers_share_the_work(tmp_path: Path) -> None:
    with world(tmp_path) as portal:
        portal.seed(SESSIONS)
        portal.start(*EMBEDDED), portal.start(*EMBEDDED)
        assert portal.wait(lambda counts: counts["waiting"] == 0) == all_audited_once(SESSIONS)


@pytest.fixture
def own_database() -> Iterator[str]:
    name = f"daypass_world_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(lanes.POSTGRESQL_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield urlsplit(lanes.POSTGRESQL_URL)._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.lane("postgresql")
def test_two_embedded_workers_on_postgresql_one_of_them_killed(tmp_path: Path, own_database: str) -> None:
    with world(tmp_path, database_url=own_database) as portal:
        portal.seed(SESSIONS)
        portal.start(*EMBEDDED)
        kill_in_the_middle(portal, *EMBEDDED, times=1)
        assert portal.wait(lambda counts: counts["waiting"] == 0) == all_audited_once(SESSIONS)


@pytest.mark.parametrize("portal", BROKERS, indirect=True)
def test_a_worker_killed_while_auditing(portal: tuple[World, Wire]) -> None:
    made, _ = portal
    made.seed(SESSIONS)
    kill_in_the_middle(made, times=2)
    made.start()
    assert made.wait(lambda counts: counts["waiting"] == 0) == all_audited_once(SESSIONS)


@pytest.mark.parametrize("portal", BROKERS, indirect=True)
def test_a_broker_that_goes_away_delays_the_audit(portal: tuple[World, Wire]) -> None:
    made, wire = portal
    made.start()
    made.seed(5)
    assert made.wait(lambda counts: counts["waiting"] == 0)["audits"] == 5
    wire.cut()
    made.seed(SESSIONS - 5)
    assert made.counts()["waiting"] > 0
    wire.mend()
    assert made.wait(lambda counts: counts["waiting"] == 0) == all_audited_once(SESSIONS)
