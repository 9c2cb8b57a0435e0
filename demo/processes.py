"""Start the local world's processes, wait until each is ready, and end them all together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
# A process that ends is noticed at once; the time is for a computer that is slow or busy with other things.
READY_WITHIN, STOP_WITHIN = 300.0, 10.0
# A proxy of the caller's network has no way to this machine's loopback.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DemoFailed(Exception):
    """The local world cannot start or go on; the text says why and what to do."""


def refuse_used_ports(first: int) -> None:
    for port in range(first, first + 3):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise DemoFailed(
                    f"Port {port} is in use. The demo needs {first}, {first + 1} and {first + 2}; "
                    "end what uses it, or choose other ports: DAYPASS_PORT=9000 make demo"
                ) from error


class Processes:
    """The running processes by name; a process that ends by itself is noticed by ``wait``."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(
        self, name: str, command: Sequence[str], environment: dict[str, str], *, ready_line: bool
    ) -> dict[str, str]:
        """Start one process; with ``ready_line`` return the JSON object that it prints when it is ready."""
        # A session of its own keeps Ctrl-C for the demo, which ends the processes in order.
        with (self.logs / f"{name}.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE if ready_line else log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        self.running[name] = process
        return self._first_line(name, process.stdout) if process.stdout else {}

    def _first_line(self, name: str, output: IO[str]) -> dict[str, str]:
        try:
            said: dict[str, str] = json.loads(output.readline())
        except json.JSONDecodeError:
            raise DemoFailed(f"{name} did not start: {self._last_words(name)}") from None
        return said

    def run_once(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        """Run one step to its end. Raises DemoFailed with its last words; all that it said is in its log."""
        with (self.logs / f"{name}.log").open("w", encoding="utf-8") as log:
            whole = [sys.executable, *command]
            done = subprocess.run(whole, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise DemoFailed(f"{name} failed: {self._last_words(name)}")

    def wait_until_answers(self, name: str, url: str) -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            self._raise_if_ended(name)
            try:
                with DIRECT.open(url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise DemoFailed(f"{name} did not answer within {READY_WITHIN:.0f} seconds: {self._last_words(name)}")

    def wait(self) -> None:
        """Return never; raise DemoFailed as soon as one process ends by itself."""
        while True:
            for name in self.running:
                self._raise_if_ended(name)
            time.sleep(0.5)

    def _raise_if_ended(self, name: str) -> None:
        if self.running[name].poll() is not None:
            raise DemoFailed(f"{name} ended: {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        """Return the end of a log without the inner lines of tracebacks, and where to read on."""
        path = self.logs / f"{name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        told = [line for line in lines if line.strip() and not line.startswith((" ", "Traceback", "The above"))]
        said = "\n".join(told[-3:]) or "it said nothing"
        return f"{said}\nAll of it is in {path}. If it stays so, `make demo-reset` starts afresh."

    def stop(self) -> None:
        """End every process, the last started first; kill those that do not end in time."""
        for process in reversed(self.running.values()):
            process.terminate()
        until = time.monotonic() + STOP_WITHIN
        for process in self.running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout:
                process.stdout.close()
