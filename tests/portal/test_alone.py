"""Two that would change one database's tables at once: one works, the other waits and says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.own_database import empty, end, run, start

WAITS = "Another process is changing this database's tables; this one waits."
HOLD = """
import django; django.setup()
from portal.alone import alone
with alone("default"), alone("default"):
    print("inside", flush=True)
    input()
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with empty(tmp_path) as made:
        yield made


@pytest.mark.parametrize("command", ["migrate", "prepare"])
def test_two_at_once_on_an_empty_database_both_end_well(url: str, command: str) -> None:
    both = [start(url, "manage.py", command, "--verbosity=0") for _ in range(2)]
    assert [(status, "Traceback" in said) for status, said in map(end, both)] == [(0, False)] * 2
    assert run(url, "manage.py", "migrate", "--check")[0] == 0


@pytest.mark.parametrize("command", [["migrate", "--verbosity=0"], ["createcachetable"], ["prepare", "--verbosity=0"]])
def test_each_waits_for_whoever_is_inside(url: str, command: list[str]) -> None:
    holder = start(url, "-c", HOLD)
    assert holder.stdout
    assert holder.stdout.readline() == "inside\n"
    waiting = start(url, "manage.py", *command)
    assert waiting.stderr
    assert any(WAITS in line for line in waiting.stderr)  # returns at this line, or at its end without it
    assert waiting.poll() is None
    holder.communicate("\n", timeout=30)
    assert end(waiting)[0] == 0
