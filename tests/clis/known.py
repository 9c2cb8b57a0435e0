"""Which AWS CLIs the tests drive, and where they are."""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".cache" / "aws-cli"
# Version of the CLI: version of the asset that carries it, SHA-256 of that wheel.
ASSETS = {
    "2.17.65": ("2.0.121", "45674f1f047ccbc82fb2bf183cb8d95a463579842405c5b40ef454823bf355f5"),
    "2.22.3": ("2.0.128", "73aedf29e0cea2f103f91c83db8bcd5926a48cca2a20c6ee5ad84c2c20db1128"),
    "2.38.5": ("2.0.198", "5887128f28f49fddb74b59e6dbb51764f7bb5587758982cd61a13b6d1f1228e6"),
}
DEBIANS = "2.9.19"
DEBIANS_PATH = "/usr/bin/aws"


def folder_of(version: str) -> Path:
    return FOLDER / version


def binary(version: str) -> Path:
    """Return the program; Debian's own is where its package puts it."""
    if version == DEBIANS:
        return Path(DEBIANS_PATH)
    return folder_of(version) / "awscli" / "v2" / version / "dist" / "aws"


def missing() -> str:
    if not shutil.which(DEBIANS_PATH):
        return f"no AWS CLI {DEBIANS}; install Debian's awscli package"
    lacking = [version for version in ASSETS if not binary(version).exists()]
    return f"no AWS CLI {', '.join(lacking)}; run .venv/bin/python -m tests.clis" if lacking else ""
