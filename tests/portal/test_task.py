"""A task that meets a dead database says one line; anything else keeps its traceback."""

import logging

import pytest
from django.db import InternalError

from audit.tasks import drain, sweep_sessions
from portal.task import DaypassTask
from tests.portal import faults


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = logging.Formatter("%(message)s")
    loud = [one for one in caplog.records if one.levelno >= logging.WARNING]
    return "\n".join(formatter.format(one) for one in loud).splitlines()


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", faults.EVERYTHING)
def test_one_line_while_the_database_is_away(caplog: pytest.LogCaptureFixture, fault: str) -> None:
    with faults.EVERYTHING[fault]():
        drain.apply()
    [line] = lines(caplog)
    assert line.startswith("audit.drain waits for the database (OperationalError: ")


def test_every_task_is_of_this_kind() -> None:
    app = drain.app
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert {name for name in ours if isinstance(app.tasks[name], DaypassTask)} == ours


def test_a_fault_of_ours_keeps_its_traceback(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise InternalError("current transaction is aborted")

    monkeypatch.setattr("audit.tasks.sweep", broken)
    sweep_sessions.apply()
    said = lines(caplog)
    assert (said[0], said[-1]) == (
        "audit.sweep failed.",
        "django.db.utils.InternalError: current transaction is aborted",
    )
