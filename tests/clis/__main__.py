"""Fetch the AWS CLIs of several ages for the tests: ``python -m tests.clis``.

AWS publishes version 2 as an installer of its own and on no package index. The CDK's asset for Lambda layers, which AWS
does publish there, carries the official build; each of its versions another one. They are unpacked beside the
checkout's other untracked files and never installed.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tests.clis.known import ASSETS, binary, folder_of

PACKAGE = "aws-cdk-asset-awscli-v2"
LAYER = "package/lib/layer.zip"


def main() -> None:
    for version, (asset, digest) in ASSETS.items():
        if not binary(version).exists():
            sys.stdout.write(f"Fetching AWS CLI {version}\n")
            unpack(layer_of(asset, digest), folder_of(version))


def layer_of(asset: str, digest: str) -> bytes:
    """Return the layer's ZIP out of the wheel's tarball, if the wheel is the one that is known."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*command, f"{PACKAGE}=={asset}"], check=True)
        wheel = next(Path(folder).iterdir()).read_bytes()
    if hashlib.sha256(wheel).hexdigest() != digest:
        raise SystemExit(f"{PACKAGE} {asset} is not the file that these tests know.")
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
        packed = outer.read(next(name for name in outer.namelist() if name.endswith(".tgz")))
    with tarfile.open(fileobj=io.BytesIO(packed)) as inner:
        found = inner.extractfile(LAYER)
        return found.read() if found else b""


def unpack(layer: bytes, folder: Path) -> None:
    """Unpack whole or not at all; the ZIP's links are left out, only the files of ``dist`` are needed."""
    fresh = folder.with_suffix(".new")
    with zipfile.ZipFile(io.BytesIO(layer)) as archive:
        archive.extractall(fresh)  # noqa: S202  # a file of known digest
    for path in fresh.glob("awscli/v2/*/dist/aws"):
        path.chmod(0o755)
    fresh.rename(folder)


main()
