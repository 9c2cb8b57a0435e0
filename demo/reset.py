"""``python -m demo.reset``: forget the local world's data; needs nothing installed."""

import os
import shutil
import sys
from pathlib import Path

from demo.processes import DemoFailed
from demo.world import hold


def reset(folder: Path) -> str:
    """Remove the demo's folder and say so. Raises DemoFailed where a demo runs in it, or where none ever did."""
    if not folder.exists():
        return "There is no data of the demo."
    if any(folder.iterdir()) and not (folder / "secrets.json").exists():
        raise DemoFailed(f"{folder} holds no data of the demo. Look at it, and remove it yourself.")
    with hold(folder):
        shutil.rmtree(folder)
    return "The demo's data is gone. make demo starts afresh."


if __name__ == "__main__":
    try:
        print(reset(Path(os.environ.get("DAYPASS_DEMO_FOLDER") or ".demo").resolve()))
    except DemoFailed as failure:
        sys.exit(str(failure))
