"""A local AWS for tests: started on a free port, stopped at the end."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore import UNSIGNED
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
Keys = dict[str, str]  # boto3's client arguments


@dataclass(frozen=True)
class RunningAws:
    """The process, its address and keys, and the controls that tests need."""

    process: "subprocess.Popen[str]"
    url: str
    line: dict[str, str] = field(repr=False)  # everything that the process printed, keys and all

    @property
    def external_id(self) -> str:
        return self.line["external_id"]

    def keys(self, who: str = "portal") -> Keys:
        """Long-term keys of ``portal``, ``admin`` or ``production_admin``."""
        return {
            "aws_access_key_id": self.line[f"{who}_access_key_id"],
            "aws_secret_access_key": self.line[f"{who}_secret_access_key"],
        }

    def client(self, service: str, keys: Keys | None = None, **config: Any) -> Any:
        """A boto3 client; without keys it signs nothing. No retries unless asked for."""
        signing = {} if keys else {"signature_version": UNSIGNED}
        settings: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "region_name": "us-east-1"}
        whole = Config(**(settings | signing | config))
        with _making:
            return _session().client(service, endpoint_url=self.url, config=whole, **(keys or {}))

    def calls(self, action: str = "") -> list[dict[str, Any]]:
        """What was called, oldest first."""
        rows: list[dict[str, Any]] = self._control("GET", "calls")
        return [row for row in rows if action in ("", row["action"])]

    def fault(self, action: str, fault: str, **how: Any) -> None:
        """Order a throttle, delay, error, hang or drop; ``how``: times, seconds, code, status, message."""
        self._control("POST", "faults", {"action": action, "fault": fault, **how})

    def reset(self) -> None:
        """Forget the calls and the faults; accounts and sessions stay."""
        self._control("POST", "calls/reset")
        self._control("POST", "faults/reset")

    def _control(self, method: str, name: str, content: Any = None) -> Any:
        body = None if method == "GET" else json.dumps(content).encode()
        request = Request(f"{self.url}/_daypass/{name}", data=body, method=method)  # noqa: S310  # loopback
        with urlopen(request, timeout=10) as response:  # noqa: S310  # same
            return json.load(response)


# boto3's sessions are slow to make and not made for threads.
_making = threading.Lock()


@lru_cache
def _session() -> Any:
    return boto3.session.Session()


def keys_of(answer: dict[str, Any]) -> Keys:
    """The credentials in an STS answer as boto3's client arguments."""
    found = answer["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


@contextmanager
def start_local_aws(*options: str, port: int = 0) -> Iterator[RunningAws]:
    """``python -m demo.aws`` with these options, e.g. ``"--state", "/some/dir"``."""
    command = [sys.executable, "-m", "demo.aws", "--port", str(port), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"The local AWS did not start: exit code {process.wait(10)}")
        content = json.loads(line)
        yield RunningAws(process, content["url"], content)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
