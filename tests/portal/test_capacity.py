"""Connections that the web processes can need, against what there is; on either side of the edge."""

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from portal import capacity
from portal.checks import there_are_connections_enough
from tests.portal.own_database import empty, run

pytestmark = pytest.mark.django_db


def size(monkeypatch: pytest.MonkeyPatch, workers: int, threads: int) -> None:
    monkeypatch.setenv("DAYPASS_WORKERS", str(workers))
    monkeypatch.setenv("DAYPASS_THREADS", str(threads))


@pytest.mark.parametrize(("broker", "needed"), [("none", 136), ("redis", 128)])
def test_each_thread_counts_and_those_of_an_embedded_worker(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, broker: str, needed: int
) -> None:
    settings.DAYPASS_EMBEDDED_WORKER = broker == "none"
    size(monkeypatch, 4, 32)
    assert capacity.needed() == needed


@pytest.mark.lane("postgresql")
@pytest.mark.parametrize(("workers", "threads", "problems"), [(1, 95, 0), (1, 96, 1), (4, 32, 1), (2, 32, 0)])
def test_a_usual_server_has_97(monkeypatch: pytest.MonkeyPatch, workers: int, threads: int, problems: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        assert cursor.fetchone() == ("100",)
    size(monkeypatch, workers, threads)
    needed = workers * (threads + 2)
    said = (
        f"{workers} processes with {threads} threads each can need {needed} connections, and PostgreSQL allows 97. "
        f"Lower DAYPASS_WORKERS or DAYPASS_THREADS, or allow {needed} (docs/operations.md, Connections)."
    )
    assert capacity.problems() == [said] * problems


@pytest.mark.lane("postgresql")
@pytest.mark.parametrize("what", ["ROLE CURRENT_USER", "DATABASE {}"])
def test_a_role_or_database_that_may_have_fewer_counts(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    size(monkeypatch, 1, 8)
    for limit, problems in ((10, 0), (9, 1)):
        with connection.cursor() as cursor:
            name = what.format(connection.ops.quote_name(connection.settings_dict["NAME"]))
            cursor.execute(f"ALTER {name} CONNECTION LIMIT {limit}")
        assert len(capacity.problems()) == problems


@pytest.mark.lane("postgresql")
@pytest.mark.parametrize(("share", "problems"), [(67, 1), (68, 0)])
def test_a_named_share_counts_instead(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, share: int, problems: int
) -> None:
    size(monkeypatch, 2, 32)
    settings.DAYPASS_DATABASE_CONNECTIONS = share
    assert len(capacity.problems()) == problems
    assert len(there_are_connections_enough(None, databases=["default"])) == problems
    assert there_are_connections_enough(None, databases=None) == []


def test_sqlite_has_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    size(monkeypatch, 256, 1024)
    assert bool(capacity.problems()) == (connection.vendor == "postgresql")


@pytest.mark.lane("postgresql")
def test_a_start_that_could_run_out_ends_and_names_the_numbers(tmp_path: Path) -> None:
    with empty(tmp_path) as url:
        assert run(url, "manage.py", "migrate", DAYPASS_WORKERS="4")[0] == 0
        assert run(url, "manage.py", "prepare", DAYPASS_WORKERS="2")[0] == 0
        assert run(url, "-m", "portal.startup", DAYPASS_WORKERS="2") == (0, "")
        status, said = run(url, "-m", "portal.startup", DAYPASS_WORKERS="4")
    assert status == 1
    assert said.startswith("Daypass cannot start. 4 processes with 32 threads each can need 136 connections, and ")
