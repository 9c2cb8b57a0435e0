"""Worker and beat inside the web process: they leave the process its own, and let it end at once."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

from portal.embedded import DaemonThreads, wait_until
from tests.audit.world import ROOT, World, world

LOOK = """
import logging, signal, sys, time
import django; django.setup()
logging.getLogger().addHandler(logging.NullHandler())
def look(): return [signal.getsignal(signal.SIGTERM), list(logging.getLogger().handlers), sys.stdout, sys.stderr]
before = look()
from portal import embedded
first = embedded.start()
assert embedded.start() is first, "started twice"
embedded.wait_until(lambda: bool(first.worker and first.worker.pool and first.worker.pool.active), seconds=10)
time.sleep(1.5)
assert first.worker.pool.active and not first.beat._is_stopped.is_set()
print("the same" if look() == before else "changed", flush=True)
"""


def test_it_changes_no_signal_no_log_and_no_output_and_leaves_no_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with world(tmp_path) as portal:
        environment = portal.environment | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", LOOK], cwd=empty, env=environment, capture_output=True, text=True, check=False
        )
    assert (done.stdout, done.returncode) == ("the same\n", 0), done.stderr
    assert list(empty.iterdir()) == []


AGAIN = """
import django; django.setup()
from portal import embedded
broken, ticks, embedded.PAUSE = {"beat", "worker"}, [], 0.1
make, tick = embedded.make_worker, embedded.Service.start
def worker():
    if "worker" in broken: broken.remove("worker"); raise RuntimeError("the worker")
    return make()
def start(self, **kwargs):
    if "beat" in broken: broken.remove("beat"); raise SystemExit("the beat")
    ticks.append(1); return tick(self, **kwargs)
embedded.make_worker, embedded.Service.start = worker, start
running = embedded.start()
def works(): return bool(running.worker and running.worker.pool and running.worker.pool.active)
embedded.wait_until(lambda: bool(ticks) and works(), seconds=20)
print(sorted(broken), len(ticks), running.worker.pool.active, flush=True)
"""


def test_a_worker_and_a_beat_that_fail_are_started_again(tmp_path: Path) -> None:
    with world(tmp_path) as portal:
        done = subprocess.run(
            [sys.executable, "-c", AGAIN], cwd=ROOT, env=portal.environment, capture_output=True, text=True, check=False
        )
    assert (done.stdout, done.returncode) == ("[] 1 True\n", 0), done.stderr
    assert done.stderr.count("A part of the embedded worker failed; it starts again") == 2


def web_process(portal: World, *, audit_seconds: float) -> "subprocess.Popen[bytes]":
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    portal.environment |= {"DAYPASS_BIND": f"127.0.0.1:{port}", "DAYPASS_WORKERS": "1"}
    portal.environment["DAYPASS_TEST_AUDIT_SECONDS"] = str(audit_seconds)
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "tests.audit.slow:application"]
    return portal.start(*gunicorn)


def begun(portal: World) -> int:
    with portal.connect() as database:
        attempts: int = database.execute("SELECT max(attempts) FROM audit_job").fetchone()[0]
    return attempts


def test_sigterm_ends_it_long_before_its_work_is_done_which_is_taken_up_again(tmp_path: Path) -> None:
    with world(tmp_path) as portal:
        portal.seed(1)
        process = web_process(portal, audit_seconds=40)
        wait_until(lambda: begun(portal) == 1, seconds=60)
        assert begun(portal) == 1
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)  # it takes two seconds; the job would take forty
        assert portal.counts()["audits"] == 0
        web_process(portal, audit_seconds=0)
        assert portal.wait(lambda counts: counts["waiting"] == 0)["audits"] == 1


def test_a_pool_that_was_stopped_begins_nothing_more() -> None:
    done: list[int] = []
    pool = DaemonThreads(1)
    pool.start()
    pool.apply_async(done.append, (1,), callback=done.append)
    wait_until(lambda: len(done) == 2, seconds=5)
    pool.stop()
    pool.calls.put(lambda: done.append(3))
    wait_until(pool.calls.empty, seconds=5)
    assert done == [1, None]
