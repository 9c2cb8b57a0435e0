"""What survives a restart of a provider: signing keys, refresh tokens and consents, in one private file."""

import json
import os
from pathlib import Path
from typing import Any


class StateFile:
    """A JSON file with mode 0600, replaced atomically. Without a directory nothing is kept."""

    def __init__(self, directory: Path | None, name: str) -> None:
        self._path = directory / f"{name}.json" if directory else None
        if directory:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def load(self) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return {}
        content: dict[str, Any] = json.loads(self._path.read_text())
        return content

    def save(self, content: dict[str, Any]) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
        fresh.replace(self._path)
