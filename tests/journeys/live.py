"""A portal in processes of its own, by whatever server, with one tool that is let in already."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
READY_WITHIN = 120.0  # a busy machine is no failure
PREPARE = """
import json
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from django.utils import timezone
from accounts.models import SignIn, User
from audit.record import Origin
from sdk.authorizations import authorize, first_tokens
from sdk.clients import register
from sdk.models import Registration
now = timezone.now()
alice = User.objects.create(username="google:alice", email="alice@example.com", name="Alice")
sign_in = SignIn.objects.create(user=alice, provider="google", subject="alice", email=alice.email,
    principals=["user:alice@example.com"], authenticated_at=now, expires_at=now + timedelta(hours=12))
register({"clientName": "c", "clientType": "public", "scopes": ["sso:account:access"]}, origin=Origin())
client = Registration.objects.get()
made = authorize(sign_in=sign_in, registration=client, kind="device", origin=Origin())
print(json.dumps({"token": first_tokens(made, client).access_token}))
"""


@dataclass(frozen=True)
class Prepared:
    """A database with Alice's tool in it, and the environment of a portal that uses it."""

    token: str
    environment: dict[str, str]


def prepare(folder: Path) -> Prepared:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DAYPASS_", "DJANGO_", "AWS_", "PYTEST"))}
    environment = inherited | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "DAYPASS_DEVELOPMENT": "true",
        "DAYPASS_BASE_URL": "http://127.0.0.1",
        "DAYPASS_SECRET_KEY": "only-for-tests-" + "x" * 50,
        "DAYPASS_ENCRYPTION_KEYS": "t1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
        "DAYPASS_STATIC_ROOT": str(folder / "static"),
        "DAYPASS_WORKERS": "1",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",  # no worker inside, and none is asked for
        "NO_PROXY": "127.0.0.1,localhost",
    }
    script = "import django; django.setup()\n" + PREPARE
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Prepared(json.loads(done.stdout.strip().splitlines()[-1])["token"], environment)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(command: Sequence[str], environment: dict[str, str], port: int, log: Path) -> Iterator[str]:
    """Run a server until the block ends; give its address once it answers."""
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            yield _ready(process, f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _ready(process: "subprocess.Popen[bytes]", address: str, log: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            requests.get(f"{address}/healthz", timeout=2)
        except requests.RequestException:  # not bound yet, or bound and not booted
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return address
    raise AssertionError(f"not ready within {READY_WITHIN} s: {log.read_text()}")
