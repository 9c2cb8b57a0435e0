"""The record of every call, for tests and for the curious; never a secret, never a token."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEPT = 10_000
# Secrets by name, wherever they turn up.
WITHHELD = ("token", "secret", "password", "session", "signature", "credential", "assertion", "code")
HARMLESS = {"RoleSessionName", "MinimumSessionTokenSize", "SessionDuration"}


def without_secrets(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters without those whose name says that they hold a secret."""
    return {
        name: value
        for name, value in parameters.items()
        if name in HARMLESS or not any(word in name.lower() for word in WITHHELD)
    }


@dataclass
class Call:
    """One call and its fate; ``status`` 0 means that no answer was sent."""

    service: str
    action: str
    parameters: dict[str, str]
    request_id: str
    principal: str | None = None
    status: int = 0
    error: str | None = None
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def row(self) -> dict[str, Any]:
        return {
            "time": self.at,
            "service": self.service,
            "action": self.action,
            "principal": self.principal,
            "parameters": self.parameters,
            "status": self.status,
            "error": self.error,
            "request_id": self.request_id,
        }


class Record:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=KEPT)

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def rows(self) -> list[dict[str, Any]]:
        with self._lock:
            return [call.row() for call in self._calls]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
