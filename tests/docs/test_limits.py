"""docs/operations.md names every limit with its numbers, and no other."""

import re
from pathlib import Path

from accounts import limits
from accounts.limits import Limit

PAGE = Path(__file__).parents[2] / "docs/operations.md"
ROW = re.compile(r"^\| `(\w+)` \| (?:network|person|nobody) \| (\d+) \| (\d+) \|", re.MULTILINE)


def test_every_limit_is_documented_and_no_other() -> None:
    documented = {Limit(what, int(most), int(seconds)) for what, most, seconds in ROW.findall(PAGE.read_text())}
    assert documented == {value for value in vars(limits).values() if isinstance(value, Limit)}
