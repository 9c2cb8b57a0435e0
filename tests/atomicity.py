"""An event and the change that it tells of commit together: no event of a change is written outside a transaction.

Watches every test, so the places are whatever the tests run. The transaction that a test is wrapped in does not count.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from audit import record as ledger
from audit.models import Event
from audit.tags import Tag
from portal import compiled

# They tell of no row that changed: somebody was refused, was slowed down, tried a provider, or took an export.
ALONE = {tag for tag in Tag if tag.endswith("refuse")} | {
    Tag.LIMIT_EXCEED,
    Tag.LEDGER_EXPORT,
    Tag.PROVIDER_TRY,
    Tag.REFUSAL_COUNT,
}


def is_atomic(event: Event) -> bool:
    """Tell whether whoever records opened a transaction, besides the one that record() itself opens for a job."""
    opened = sum(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
    return opened > (event.tag in ledger.WORK)


def is_a_tests_own() -> bool:
    """Tell whether a test itself writes the event, to have one."""
    frame = sys._getframe(2)  # the one way to see who called
    while frame.f_globals["__name__"] in {"audit.record", "contextlib"} and frame.f_back:
        frame = frame.f_back
    caller: str = frame.f_globals["__name__"]
    return caller.startswith("tests.")


@pytest.fixture(scope="session", autouse=True)
def every_event_commits_with_its_change() -> Iterator[None]:
    insert = compiled.insert

    def guarded(event: Event, **options: Any) -> None:
        assert event.tag in ALONE or is_atomic(event) or is_a_tests_own(), (
            f"{event.tag} is written outside a transaction"
        )
        insert(event, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit.record.insert", guarded)
        yield
