"""Run all tests: everything on SQLite, then the rooms once more on PostgreSQL where there is one.

Lanes (tests/lanes.py) whose service or program is missing are left out and named in the last lines. With
DAYPASS_TEST_LANES=all, as in CI, a missing lane fails the run instead.
"""

import os
import subprocess
import sys

from tests import lanes

ROOMS = ["tests/accounts", "tests/roles", "tests/credentials", "tests/audit", "tests/portal"]


def main() -> int:
    left_out = lanes.missing()
    if left_out and os.environ.get("DAYPASS_TEST_LANES") == "all":
        return report(left_out, "These lanes must run here and cannot")
    arguments = sys.argv[1:]
    codes = [run("SQLite", arguments or ["tests"])]
    if "postgresql" not in left_out and not arguments:
        codes.append(run("PostgreSQL", ROOMS, DATABASE_URL=lanes.POSTGRESQL_URL, DAYPASS_TEST_RUN="postgresql"))
    report(left_out, "Left out")
    return max(codes)


def run(title: str, arguments: list[str], **environment: str) -> int:
    print(f"--- on {title} ---", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("DAYPASS_TEST_PROCESSES", "auto"), *arguments]
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def report(left_out: dict[str, str], title: str) -> int:
    if not left_out:
        print("Every lane ran: " + ", ".join(lanes.PROBES))
    for name, reason in left_out.items():
        print(f"{title}: {name}: {reason}.")
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
