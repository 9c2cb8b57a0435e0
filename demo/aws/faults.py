"""Trouble on order: tests make this AWS slow, busy, broken or silent."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from demo.aws.errors import AwsError

KINDS = ("throttle", "delay", "error", "hang", "drop")


class DroppedError(Exception):
    """The connection was cut; there is nobody to answer."""


@dataclass
class Fault:
    """``times`` calls of ``action`` (``*`` for any) meet ``fault``; None means until they are reset."""

    action: str
    fault: str
    code: str
    message: str
    status: int
    seconds: float
    times: int | None


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, order: dict[str, Any]) -> None:
        """Raises ValueError for an order that is not understood."""
        if order.get("fault") not in KINDS:
            raise ValueError(f"fault must be one of {', '.join(KINDS)}")
        throttling = order["fault"] == "throttle"
        fault = Fault(
            action=str(order.get("action", "*")),
            fault=order["fault"],
            code=str(order.get("code", "Throttling" if throttling else "ServiceUnavailable")),
            message=str(order.get("message", "Rate exceeded" if throttling else "The request has failed.")),
            status=int(order.get("status", 400 if throttling else 503)),
            seconds=float(order.get("seconds", 60 if order["fault"] == "hang" else 1)),
            times=int(order["times"]) if order.get("times") is not None else None,
        )
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def strike(self, action: str, connection: socket.socket | None) -> None:
        """Let the first fault that waits for this action happen. Raises AwsError or DroppedError."""
        fault = self._next(action)
        if fault is None:
            return
        if fault.fault in ("delay", "hang"):
            time.sleep(fault.seconds)
        if fault.fault in ("throttle", "error"):
            raise AwsError(fault.code, fault.message, status=fault.status)
        if fault.fault in ("hang", "drop"):
            drop(connection)

    def _next(self, action: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.action in ("*", action) and fault.times != 0:
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None


def drop(connection: socket.socket | None) -> None:
    if connection is not None:
        with suppress(OSError):  # the client may have been quicker
            connection.shutdown(socket.SHUT_RDWR)
    raise DroppedError
