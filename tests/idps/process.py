"""One foreign process on loopback: started, waited for, ended."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from demo.settings import inherited_environment

READY_WITHIN, STOP_WITHIN = 15.0, 5.0


class DidNotStart(Exception):
    """The provider did not start; the text is what it said last."""


@contextmanager
def running(
    command: Sequence[str], log: Path, *, stdout: int = subprocess.PIPE, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """Run ``command`` until the block ends. Its output is a pipe, its errors go to ``log``."""
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command,
            env=inherited_environment() | environment,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=errors,
            text=True,
        )
    try:
        yield process
    finally:
        _end(process)


def first_line(process: subprocess.Popen[str], log: Path) -> str:
    """Return the line that says that it is ready. Raises DidNotStart."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise DidNotStart(log.read_text(encoding="utf-8", errors="replace")[-2000:] or os.fspath(log))
    return line


def wait_until_answers(process: subprocess.Popen[str], url: str, log: Path) -> None:
    """Wait until that address answers. Raises DidNotStart."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with suppress(requests.ConnectionError):
            requests.get(url, timeout=READY_WITHIN).raise_for_status()
            return
        time.sleep(0.05)
    raise DidNotStart(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
