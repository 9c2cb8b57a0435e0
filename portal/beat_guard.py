"""A worker whose beat has died ends: whoever supervises it starts both anew, and nobody takes it for a whole one.

Celery's worker runs beat as a child process and never looks at it again. Without it nothing is audited or expired. Nor
does beat look at its worker: after one that was killed it would go on and fill the broker with what nobody does.
"""

import logging
import os
import threading
import time
from typing import Any

from celery import bootsteps
from celery.platforms import EX_FAILURE
from celery.signals import beat_embedded_init
from celery.worker import state

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds


class BeatGuard(bootsteps.StartStopStep):
    """Part of every worker that was started with ``--beat``."""

    requires = ("celery.worker.components:Beat",)

    def __init__(self, parent: Any, beat: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 - Celery's own signature
        super().__init__(parent, **kwargs)
        self.enabled, self.stopping = beat, threading.Event()

    def start(self, parent: Any) -> None:
        threading.Thread(target=self._watch, args=[parent.beat], name="daypass-beat-guard", daemon=True).start()

    def stop(self, parent: Any) -> None:
        self.stopping.set()

    terminate = stop

    def _watch(self, beat: Any) -> None:
        while not self.stopping.wait(LOOK_EVERY):
            if not beat.is_alive():
                logger.critical("Beat has died, so this worker ends: start it again, best by a supervisor.")
                state.should_stop = EX_FAILURE  # running jobs are finished first
                return


def follow_worker(**_: Any) -> None:
    """Let beat, in its own process, end with its worker."""
    threading.Thread(target=_follow, args=[os.getppid()], name="daypass-worker-guard", daemon=True).start()


beat_embedded_init.connect(follow_worker)


def _follow(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(LOOK_EVERY)
    os._exit(EX_FAILURE)
