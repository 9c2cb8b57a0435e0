"""A portal of its own in other processes: a database, workers that can be killed, a broker that can be cut off."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "DAYPASS_DEVELOPMENT": "true",
    "DAYPASS_BASE_URL": "http://localhost",
    "DAYPASS_SECRET_KEY": "only-for-tests-" + "x" * 50,
    "DAYPASS_ENCRYPTION_KEYS": "t1:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
    "DAYPASS_JOB_LEASE": "2",
    "DAYPASS_LOG_LEVEL": "WARNING",
}
COUNTS = {
    "waiting": "SELECT count(*) FROM audit_job WHERE done_at IS NULL",
    "audits": "SELECT count(*) FROM audit_event WHERE tag = 'audit:session:review'",
    "sessions audited": "SELECT count(DISTINCT subject_id) FROM audit_event WHERE tag = 'audit:session:review'",
    "findings": "SELECT count(*) FROM audit_finding",
    "flags": "SELECT count(*) FROM audit_event WHERE tag = 'audit:session:flag'",
}
EMBEDDED = [sys.executable, "-m", "tests.audit.slow"]


class World:
    """One portal: everything it does runs in processes of its own and meets in its database."""

    def __init__(self, folder: Path, *, database_url: str = "", broker_url: str = "") -> None:
        self.folder = folder
        self.queue = f"daypass-test-{uuid.uuid4().hex[:12]}"
        self.running: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | ENVIRONMENT | {"DAYPASS_QUEUE": self.queue}
        self.environment["DATABASE_URL"] = database_url or f"sqlite:///{folder / 'world.sqlite3'}"
        self.environment["CELERY_BROKER_URL"] = broker_url
        self._python("-m", "django", "prepare", "--verbosity=0")

    def _python(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def seed(self, count: int) -> None:
        """Issue so many sessions to Alice as credentials/evidence.py does, jobs and all; no broker is asked."""
        self._python("-m", "tests.audit.ledgerwork", str(count))

    def counts(self) -> dict[str, int]:
        with self.connect() as database:
            return {name: database.execute(sql).fetchone()[0] for name, sql in COUNTS.items()}

    def connect(self) -> Any:
        url = self.environment["DATABASE_URL"]
        if url.startswith("sqlite"):
            return closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20))
        return psycopg.connect(url)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "processes.log").open("ab") as log:
            process = subprocess.Popen(
                command or self._worker(),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def _worker(self) -> list[str]:
        options = ["--beat", "--concurrency=2", "--without-gossip", "--without-mingle", f"--hostname={self.queue}@%h"]
        return [sys.executable, "-m", "celery", "-A", "tests.audit.slow", "worker", *options]

    def wait(self, condition: Callable[[dict[str, int]], bool], *, seconds: float = 25) -> dict[str, int]:
        """Return the counts as soon as the condition holds for them, or the last ones."""
        end = time.monotonic() + seconds
        while not condition(counts := self.counts()) and time.monotonic() < end:
            time.sleep(0.05)
        return counts

    def close(self) -> None:
        for process in self.running:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all its children at once, as a machine that loses power does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Wire:
    """A way to a server on loopback that can be cut and mended."""

    def __init__(self, url: str, port: int) -> None:
        parts = urlsplit(url)
        self.target = (parts.hostname or "127.0.0.1", parts.port or port)
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.is_cut = False
        self.url = url.replace(parts.netloc.rpartition("@")[2], f"127.0.0.1:{self.port}")
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(source, sink), daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for end in self.open:
            _hang_up(end)
        self.open.clear()

    def mend(self) -> None:
        self.is_cut = False


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _hang_up(source)
    _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def world(folder: Path, **urls: Any) -> Iterator[World]:
    made = World(folder, **urls)
    try:
        yield made
    finally:
        made.close()
