"""Run all tests: everything on SQLite, then the rooms once more on PostgreSQL where there is one.

Lanes (tests/lanes.py) whose service or program is missing are left out and named in the last lines. With
DAYPASS_TEST_LANES=all, as in CI, a missing lane fails the run instead.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import lanes, raised

ROOMS = ["tests/accounts", "tests/roles", "tests/credentials", "tests/audit", "tests/sdk", "tests/portal"]
SQLITE = {"DATABASE_URL": "sqlite://:memory:"}
POSTGRESQL = {"DATABASE_URL": lanes.POSTGRESQL_URL, "DAYPASS_TEST_RUN": "postgresql"}
KEPT, FOREIGN = ("DAYPASS_TEST_",), ("DAYPASS_", "AWS_", "EMAIL_", "CELERY_", "DJANGO_", "DATABASE_")


def main() -> int:
    left_out = lanes.missing()
    if left_out and os.environ.get("DAYPASS_TEST_LANES") == "all":
        return report(left_out, "These lanes must run here and cannot")
    arguments = sys.argv[1:]
    codes = [run("SQLite", arguments, **SQLITE, **addresses())] if arguments else everything(left_out)
    return max(map(abs, codes))  # a run that a signal ended has a negative one


def everything(left_out: dict[str, str]) -> list[int]:
    """Run all there is, and see that each refusal was executed."""
    with TemporaryDirectory() as folder:
        shared = addresses() | {raised.VARIABLE: folder}
        codes = [run("SQLite", ["tests"], **SQLITE, **shared)]
        if "postgresql" not in left_out:
            codes.append(run("PostgreSQL", ROOMS, **POSTGRESQL, **shared))
        codes.append(report_missed(raised.missed(Path(folder)), left_out))
    report(left_out, "Left out")
    return codes


def addresses() -> dict[str, str]:
    """Return where the lanes' services are, for a run in which DATABASE_URL means something else."""
    names = ("POSTGRESQL", "REDIS", "RABBITMQ")
    return {f"DAYPASS_TEST_{name}": str(getattr(lanes, f"{name}_URL")) for name in names}


def run(title: str, arguments: list[str], **environment: str) -> int:
    print(f"--- on {title} ---", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("DAYPASS_TEST_PROCESSES", "auto"), *arguments]
    return subprocess.run(command, env=neutral() | environment, check=False).returncode


def neutral() -> dict[str, str]:
    """Return the environment without settings of a portal or an AWS that whoever runs the tests may have."""
    return {name: value for name, value in os.environ.items() if name.startswith(KEPT) or not name.startswith(FOREIGN)}


def report_missed(places: list[str], left_out: dict[str, str]) -> int:
    """Name the refusals that no test executed; while a lane is missing, its tests may be the ones that do."""
    for place in places:
        print(f"No test executes the raise at {place}.")
    return 1 if places and not left_out else 0


def report(left_out: dict[str, str], title: str) -> int:
    if not left_out:
        print("Every lane ran: " + ", ".join(lanes.PROBES))
    for name, reason in left_out.items():
        print(f"{title}: {name}: {reason}.")
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
