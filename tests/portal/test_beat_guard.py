"""A worker does not outlive its beat, and both end together when they are told to."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from portal.embedded import wait_until
from tests import lanes
from tests.audit.test_nothing_lost import forget
from tests.audit.world import World, world

BROKERS = [
    pytest.param(lanes.REDIS_URL, marks=pytest.mark.lane("redis"), id="redis"),
    pytest.param(lanes.RABBITMQ_URL, marks=pytest.mark.lane("rabbitmq"), id="rabbitmq"),
]
DRAINED = "SELECT done_at FROM audit_duty WHERE name = 'drain the outbox'"


@pytest.fixture(params=BROKERS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, broker_url=request.param) as made:
        yield made
        made.close()
        forget(request.param, made.queue)


def beat_of(portal: World, worker: "subprocess.Popen[bytes]") -> psutil.Process:
    """Return the child that is beat, once it has done something: it alone speaks to the broker."""
    with portal.connect() as database:
        before = database.execute(DRAINED).fetchone()
        wait_until(lambda: bool(database.execute(DRAINED).fetchone() != before), seconds=40)
        assert database.execute(DRAINED).fetchone() != before
    [beat] = [child for child in psutil.Process(worker.pid).children() if child.net_connections()]
    return beat


def test_a_worker_whose_beat_is_killed_ends_and_says_so(portal: World) -> None:
    worker = portal.start()
    beat_of(portal, worker).kill()
    assert worker.wait(timeout=30) == 1
    assert "Beat has died, so this worker ends" in (portal.folder / "processes.log").read_text()


def test_a_worker_that_is_told_to_end_ends_well(portal: World) -> None:
    worker = portal.start()
    beat_of(portal, worker)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert "Beat has died" not in (portal.folder / "processes.log").read_text()


def test_beat_ends_with_a_worker_that_is_killed(portal: World) -> None:
    """Else it would fill the broker with what nobody does, and stand beside the next worker's beat."""
    worker = portal.start()
    beat = beat_of(portal, worker)
    worker.kill()
    worker.wait(timeout=30)
    gone, _ = psutil.wait_procs([beat], timeout=15)
    left = [] if gone else [beat.pid]
    for each in left:
        psutil.Process(each).kill()
    assert left == []
