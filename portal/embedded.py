"""Celery inside the web process: worker and beat as daemon threads, for a portal that runs alone.

The broker is then this process's memory. What it forgets when the process dies is still in the outbox, so another
process, or this one after its restart, takes it up. Daemon threads let the process end at once: what was cut off was
not committed, and its lease runs out.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from celery.beat import Service
from celery.concurrency.base import BasePool, apply_target
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings

from portal.celery import app

logger = logging.getLogger(__name__)

THREADS = 2  # SQLite has one writer, and a slow webhook must not hold up the rest
PREFETCHED = 32  # messages for each thread: they cost nothing here, and the next look for more is a while away
PAUSE = 5  # seconds before a worker that failed starts again
GRACE = 1.0  # seconds for running jobs at the end
Call = Callable[[], None]


class DaemonThreads(BasePool):
    """A pool of daemon threads; Celery's own threads would keep an ending process waiting for the slowest webhook."""

    body_can_be_buffer = True
    signal_safe = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: SimpleQueue[Call] = SimpleQueue()
        self.busy = 0
        self._counting = threading.Lock()

    def on_start(self) -> None:
        for number in range(self.limit or THREADS):
            threading.Thread(target=self._work, name=f"daypass-job-{number}", daemon=True).start()

    def on_apply(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        callback: Callable[..., Any] | None = None,
        accept_callback: Callable[..., Any] | None = None,
        **options: Any,
    ) -> None:
        self.calls.put(lambda: apply_target(target, args, kwargs, callback, accept_callback))

    def _work(self) -> None:
        while True:
            call = self.calls.get()
            self._count(1)
            try:
                if self.active:
                    call()
            except Exception:
                logger.exception("A task failed outside its own guard.")
            finally:
                self._count(-1)

    def _count(self, step: int) -> None:
        with self._counting:
            self.busy += step


class Embedded:
    """The worker and the beat of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.worker: WorkController | None = None
        self.stopping = threading.Event()
        self.beat: Service | None = None
        # Celery's own way to import the tasks would set Django up once more, its logging included.
        app.loader.worker_initialized = True
        app.autodiscover_tasks(force=True)
        for part in (self._work, self._beat):
            threading.Thread(target=self._keep, args=[part], name=f"daypass{part.__name__}", daemon=True).start()

    def _keep(self, part: Call) -> None:
        """Start it again whenever it ends, however it ended: nobody else would notice."""
        while not self.stopping.is_set():
            try:
                part()
            except BaseException:
                logger.exception("A part of the embedded worker failed; it starts again in %d seconds.", PAUSE)
            self.stopping.wait(PAUSE)

    def _work(self) -> None:
        self.worker = make_worker()
        self.worker.start()

    def _beat(self) -> None:
        app.set_current()
        # In memory as the settings say, which this service does not read: a file would be shared by all processes.
        self.beat = Service(app, max_interval=1, scheduler_cls=app.conf.beat_scheduler, remote_control=False)
        self.beat.start()

    def stop(self) -> None:
        """Begin nothing new and give what runs a moment; daemon threads then end with the process."""
        self.stopping.set()
        if self.beat is not None:
            self.beat.stop()
        worker_state.should_stop = 0
        pool = self.worker.pool if self.worker else None
        if pool is not None:
            pool.stop()
            wait_until(lambda: not pool.busy, seconds=GRACE)


def make_worker() -> WorkController:
    """Return the bare worker: it sets no signal handlers and no logging, unlike Celery's worker program."""
    return WorkController(
        app=app,
        pool=DaemonThreads,
        concurrency=THREADS,
        prefetch_multiplier=PREFETCHED,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


_running: Embedded | None = None


def start() -> Embedded:
    """Start worker and beat in this process, once; call it after a fork, since threads do not survive one."""
    global _running
    if _running is None or _running.pid != os.getpid():
        _running = Embedded()
        atexit.register(_running.stop)
    return _running


def start_if_configured() -> None:
    """Start them unless a broker is configured; then `make worker` runs beside the web process."""
    if settings.DAYPASS_EMBEDDED_WORKER:
        start()
