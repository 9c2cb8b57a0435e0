"""The whole local world: identity providers, AWS, and the portal between them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from demo.idp.social.names import AMAZON_APP, FACEBOOK_APP
from demo.processes import DemoFailed, Processes, refuse_used_ports
from demo.settings import (
    ADFS_CLIENT,
    GOOGLE_CLIENT,
    Place,
    inherited_environment,
    keep_secrets,
    portal_environment,
    write_admin_keys,
    write_service_account,
)


@dataclass(frozen=True)
class World:
    """A running local world. ``aws_keys`` are the ready line of the local AWS; ``environment`` is the portal's."""

    place: Place
    aws_keys: dict[str, str] = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    processes: Processes = field(repr=False)


@contextmanager
def running(place: Place) -> Iterator[World]:
    """Start everything in order, give the world, end everything. Raises DemoFailed with what to do."""
    with hold(place.folder):
        refuse_used_ports(place.port)
        processes = Processes(place.folder)
        try:
            yield _start(place, processes)
        finally:
            processes.stop()


def hold(folder: Path) -> IO[str]:
    """Take the folder until the returned file is closed: two worlds in one would spoil each other's data."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise DemoFailed(f"The demo cannot keep its data in {folder}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise DemoFailed(
            f"A demo runs in {folder} already. End it, or start this one elsewhere: "
            "DAYPASS_DEMO_FOLDER=.demo-2 DAYPASS_PORT=9000 make demo"
        ) from error
    return lock


def _start(place: Place, processes: Processes) -> World:
    kept = keep_secrets(place.folder)
    _start_idp(place, processes, kept)
    write_service_account(place)
    aws_keys = _start_aws(place, processes)
    write_admin_keys(place, aws_keys)
    environment = portal_environment(place, kept, aws_keys)
    processes.run_once("preparing the portal", ["-m", "demo.prepare"], environment)
    processes.start(
        "portal", ["-m", "gunicorn", "--config", "gunicorn.conf.py", "portal.wsgi"], environment, ready_line=False
    )
    processes.wait_until_answers("portal", f"{place.portal}/readyz")
    return World(place, aws_keys, environment, processes)


def _start_idp(place: Place, processes: Processes, kept: dict[str, str]) -> None:
    protocols = {"google": "oidc", "adfs": "oidc", "facebook": "social", "amazon": "social"}
    callbacks = [
        word
        for slug, protocol in protocols.items()
        for word in (f"--redirect-uri-{slug}", f"{place.portal}/accounts/{protocol}/{slug}/login/callback/")
    ]
    told = ["--logout-uri-adfs", f"{place.portal}/accounts/oidc/adfs/logout/front/"]
    command = ["-m", "demo.idp", "--port", str(place.port + 1), *callbacks, *told]
    command += ["--state", str(_folder(place, "idp"))]
    processes.start("identity providers", command, inherited_environment() | kept, ready_line=True)


def _start_aws(place: Place, processes: Processes) -> dict[str, str]:
    issuers = ["--google-issuer", f"{place.idp}/google", "--google-client-id", GOOGLE_CLIENT]
    issuers += ["--adfs-issuer", f"{place.idp}/adfs", "--adfs-client-id", ADFS_CLIENT]
    issuers += ["--facebook", f"{place.idp}/facebook", "--facebook-app-id", FACEBOOK_APP]
    issuers += ["--amazon", f"{place.idp}/amazon", "--amazon-app-id", AMAZON_APP]
    command = ["-m", "demo.aws", "--port", str(place.port + 2), "--state", str(_folder(place, "aws")), *issuers]
    return processes.start("local AWS", command, inherited_environment(), ready_line=True)


def _folder(place: Place, name: str) -> Path:
    path = place.folder / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path
