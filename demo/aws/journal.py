"""What survives a restart: one append-only file of changes, replayed at the start.

IAM and S3 live in moto's memory. Every change that moto accepted is written down as the request that made it,
with the seed of moto's random generator, so that the replay gives the same ids and keys.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


class Journal:
    """Lines of JSON in ``directory``; without a directory nothing is kept. Readable by the owner alone."""

    def __init__(self, directory: Path | None) -> None:
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self._path = directory / "journal.jsonl" if directory else None
        self.secret = self._secret(directory)
        if directory and self._path:
            self._path.touch(mode=0o600)
            _mend(self._path)
            self._file = self._path.open("a", encoding="utf-8")

    @staticmethod
    def _secret(directory: Path | None) -> str:
        """The root of every seeded key: the same keys after a restart, other keys in another world."""
        if directory is None:
            return secrets.token_hex(32)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / "secret"
        # Empty: a first start that was cut short.
        if not path.exists() or not path.stat().st_size:
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="ascii")
        return path.read_text(encoding="ascii")

    def rows(self) -> Iterator[dict[str, Any]]:
        if self._path:
            with self._path.open(encoding="utf-8") as lines:
                yield from map(json.loads, lines)

    def append(self, row: dict[str, Any]) -> None:
        if self._file:
            with self._lock:
                self._file.write(json.dumps(row) + "\n")
                self._file.flush()


def _mend(path: Path) -> None:
    """Drop a last line that a kill cut short; whoever waited for that change got no answer."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
