"""docs/cli.md claims no version that the tests did not run."""

import json
import re
from pathlib import Path

import boto3

from tests.clis.known import ASSETS, DEBIANS

ROOT = Path(__file__).parents[2]


def test_every_row_names_the_version_that_was_run() -> None:
    table = (ROOT / "docs" / "cli.md").read_text().partition("## What was run")[2].partition("Known from")[0]
    claimed = re.findall(r"^\| [^|]+ \| (\d[\d.]+) \|", table, re.MULTILINE)
    javascript = json.loads((ROOT / "tests/clis/javascript/package.json").read_text())["dependencies"]
    assert claimed == [*sorted(ASSETS, reverse=True), DEBIANS, boto3.__version__, *javascript.values()]
