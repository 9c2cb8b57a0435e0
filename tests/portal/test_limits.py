"""The numbers of the wiring: what outlasts what, and each at its edge where it can be met."""

import os
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.beat import Service
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts import key_check
from audit.models import Job
from portal import alone, beat_guard, broker, chunked, compiled, deadline, embedded, env, fit, outage, outgoing
from portal.celery import app
from portal.errors import too_many_requests
from portal.http import reference

YEAR = 365 * 24 * 3600


def test_a_message_comes_back_after_every_task_has_ended() -> None:
    """By the broker's own timer, and none of the portal's tasks may run for longer."""
    options = broker.REDIS["broker_transport_options"]
    assert (options["visibility_timeout"], app.conf.task_time_limit, app.conf.task_soft_time_limit) == (600, 300, 240)
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    limits = {name: (task.soft_time_limit, task.time_limit) for name, task in ours.items() if task.time_limit}
    assert all(soft < hard <= app.conf.task_time_limit for soft, hard in limits.values())
    assert limits["audit.run_job"] == (45, 50)
    assert limits["audit.run_job"][1] < portal.DAYPASS_JOB_LEASE


def test_how_long_a_broker_is_waited_for() -> None:
    redis = broker.REDIS["broker_transport_options"]
    assert (redis["socket_timeout"], redis["socket_connect_timeout"], redis["unacked_restore_interval"]) == (30, 5, 10)
    assert broker.RABBITMQ["broker_transport_options"] == {"confirm_publish": True, "connect_timeout": 5}
    assert app.conf.task_publish_retry_policy["max_retries"] == 3
    assert app.conf.worker_max_tasks_per_child == 1000


def test_how_often_each_duty_is_done_and_when_a_late_one_is_out_of_date() -> None:
    known = {
        "drain the outbox": (1, 10),
        "sweep sessions": (60, 60),
        "guard the ledger": (60, 60),
        "end stale sign-ins": (60, 60),
        "confirm sign-ins": (30, 30),
        "check providers": (60, 60),
        "prune tools": (60, 60),
        "keep house": (3600, 600),
    }
    schedule = app.conf.beat_schedule.items()
    assert {name: (one["schedule"], one["options"]["expires"]) for name, one in schedule} == known


def test_the_times_of_the_embedded_worker() -> None:
    assert (embedded.THREADS, embedded.PREFETCHED, embedded.PAUSE, embedded.GRACE) == (2, 32, 5, 1.0)
    assert (alone.LOOK_EVERY, beat_guard.LOOK_EVERY, outage.RETRY_AFTER) == (0.2, 1.0, 30)


def test_what_is_kept_and_read_at_once() -> None:
    assert (chunked.PIECE, chunked.IN_MEMORY, compiled.KEPT) == (65_536, 65_536, 256)


def test_what_browsers_are_told_for_how_long() -> None:
    assert (portal.EMAIL_TIMEOUT, portal.SOCIALACCOUNT_REQUESTS_TIMEOUT, portal.MFA_TOTP_TOLERANCE) == (10, 5, 1)
    assert portal.SESSION_COOKIE_AGE == portal.DAYPASS_SESSION_MAX == 43_200
    validators: list[dict[str, Any]] = portal.AUTH_PASSWORD_VALIDATORS  # type: ignore[assignment]  # of any values
    assert validators[0]["OPTIONS"] == {"min_length": 16}
    assert (YEAR if portal.HTTPS else 0) == portal.SECURE_HSTS_SECONDS


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "a minute"), (60, "a minute"), (61, "2 minutes"), (121, "3 minutes")]
)
def test_a_page_says_the_minutes_rounded_up(db: None, seconds: int, words: str) -> None:
    answer = too_many_requests(RequestFactory().get("/"), retry_after=seconds, mark=reference())
    page = answer.content.decode().replace("\n", " ")
    assert (f"Wait {words}" in page, answer["Retry-After"]) == (True, f"{seconds}")


def test_so_many_requests_to_one_host_may_hang_at_once() -> None:
    places = outgoing.places("one.example")
    assert [places.acquire(blocking=False) for _ in range(65)] == [True] * 64 + [False]
    assert outgoing.places("other.example").acquire(blocking=False)
    outgoing.places.cache_clear()


@pytest.mark.parametrize(("late", "fine"), [(0, True), (0.01, False)])
def test_an_answer_that_trickles_in_has_its_whole_time(
    monkeypatch: pytest.MonkeyPatch, late: float, fine: object
) -> None:
    chunks = [b"a", b""]
    answer: Any = SimpleNamespace(raw=SimpleNamespace(read1=lambda *_, **__: chunks.pop(0)), status_code=200)
    monkeypatch.setattr(outgoing, "time", SimpleNamespace(monotonic=lambda: 5 + late))
    if fine:
        assert outgoing._read(answer, 1, 5) == b"a"
    else:
        with pytest.raises(outgoing.NoAnswer, match="no whole answer in time") as caught:
            outgoing._read(answer, 1, 5)
        assert caught.value.timed_out


def test_a_cause_is_found_to_a_depth_and_no_further() -> None:
    error: Exception = ValueError("the cause")
    for _ in range(9):
        error = KeyError(error)
    assert len(list(outgoing._behind(error))) == 9


@pytest.mark.parametrize(("digits", "fine"), [(10, True), (11, False)])
def test_a_number_has_ten_digits(monkeypatch: pytest.MonkeyPatch, digits: int, fine: object) -> None:
    monkeypatch.setenv("DAYPASS_X", "0" * (digits - 1) + "1")
    if fine:
        assert env.integer("DAYPASS_X", 0, least=0, most=9) == 1
    else:
        with pytest.raises(ImproperlyConfigured):
            env.integer("DAYPASS_X", 0, least=0, most=9)


def test_connections_are_kept_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = env.database("DATABASE_URL", "postgres://a:b@db.example:5432/daypass")
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (600, True)


@pytest.mark.parametrize(
    "url", ["mysql://a:b@db.example/daypass", "postgres://a:b@db.example:5432", "postgres://a:b@db.example:x/d", "x"]
)
def test_a_database_that_is_none_of_ours(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL cannot be read"):
        env.database("DATABASE_URL", "")


def test_a_start_on_a_database_that_does_not_fit(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "is_ready", lambda: True)
    monkeypatch.setattr(key_check, "problems", lambda: ["The key is another."])
    with pytest.raises(ImproperlyConfigured, match=r"^The key is another\.$"):
        fit.demand()
    monkeypatch.setattr(fit, "is_ready", lambda: False)
    with pytest.raises(ImproperlyConfigured, match="Run `make migrate` first"):
        fit.demand()


@pytest.mark.parametrize("missing", ["table", "migration"])
def test_a_database_is_ready_with_its_migrations_and_the_caches_table(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    settings.CACHES = {"default": {"LOCATION": "accounts_user"}}
    assert fit.is_ready()
    if missing == "table":
        settings.CACHES = {"default": {"LOCATION": "portal_cache_of_none"}}
    else:
        monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("one", False)])
    assert not fit.is_ready()


@pytest.mark.parametrize("seconds", [60, 61])
def test_work_that_waits_is_told_after_a_minute(client: Client, db: None, seconds: int) -> None:
    now = timezone.now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now)
        Job.objects.create(task="audit_session", key="k", due_at=now - timedelta(seconds=seconds))
        told = client.get("/readyz").json()
    assert told["duties"] == "failed" or told["outbox"] == ("failed" if seconds > 60 else "ok")


def test_beat_looks_at_its_duties_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (app.conf.beat_max_loop_interval, app.conf.beat_scheduler) == (1, "celery.beat:Scheduler")
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(Service, "__init__", lambda self, app, **how: made.append(how))
    monkeypatch.setattr(Service, "start", lambda self: None)
    embedded.Embedded._beat(SimpleNamespace())  # type: ignore[arg-type]  # only what it sets is read
    assert made == [{"max_interval": 1, "scheduler_cls": "celery.beat:Scheduler", "remote_control": False}]


@pytest.mark.parametrize(("alive", "ends"), [(True, 0), (False, 1)])
def test_a_worker_ends_with_its_beat_and_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch, alive: object, ends: int
) -> None:
    state = SimpleNamespace(should_stop=0)
    monkeypatch.setattr(beat_guard, "state", state)
    guard = beat_guard.BeatGuard(SimpleNamespace(), beat=True)
    waits = iter([False, True])
    guard.stopping = SimpleNamespace(wait=lambda _: next(waits))  # type: ignore[assignment]  # a clock of two ticks
    guard._watch(SimpleNamespace(is_alive=lambda: alive))
    assert (state.should_stop, guard.enabled) == (ends, True)


def test_a_lock_on_a_folder_is_held_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (os.open(tmp_path, os.O_RDONLY) for _ in range(2))
    try:
        assert (alone._lock(one), alone._lock(other)) == (True, False)
    finally:
        os.close(one)
    assert alone._lock(other)
    os.close(other)
    tries = iter([False, False, True])
    waited: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alone, "time", SimpleNamespace(sleep=waited.append))
        alone._wait(lambda: next(tries))
    assert (waited, "this one waits" in capsys.readouterr().err) == ([0.2], True)


def test_who_is_inside_goes_in_again_and_out_for_others(db: None) -> None:
    with alone.alone("default"):
        assert "default" in alone._held
        with alone.alone("default"):
            pass
        assert "default" in alone._held
    assert "default" not in alone._held


def test_a_deadlines_place_is_free_again_where_no_thread_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    places = threading.BoundedSemaphore(1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none)
        with pytest.raises(deadline.TooLate, match="no thread to ask in"):
            deadline.within(1, lambda: 1, places=places)
    assert places.acquire(blocking=False)
