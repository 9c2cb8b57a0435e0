"""Jobs are leased, done once, tried again after a growing pause, and parked in plain sight."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import outbox
from audit.models import Job
from audit.tasks import drain, run_job

MINUTE = timedelta(minutes=1)


def add(key: str = "one", **values: object) -> Job:
    return Job.objects.create(task="audit_session", key=key, **values)


def test_a_rolled_back_cause_leaves_no_job(db: None) -> None:
    with transaction.atomic():
        outbox.enqueue("audit_session", key="k", session_id="s")
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_the_same_key_is_one_job(db: None) -> None:
    for session in ("first", "second"):
        outbox.enqueue("audit_session", key="k", session_id=session)
    assert Job.objects.get().arguments == {"session_id": "first"}


def test_only_what_is_due_and_free_is_claimed(db: None) -> None:
    now = timezone.now()
    add("later", due_at=now + MINUTE)
    add("done", done_at=now)
    add("parked", parked_at=now)
    add("leased", leased_until=now + MINUTE)
    lapsed = add("lapsed", leased_until=now - MINUTE, attempts=2)
    fresh = add("fresh")
    assert outbox.claim() == [(lapsed.pk, 2), (fresh.pk, 0)]
    assert outbox.claim() == []


def test_no_more_is_claimed_than_workers_can_do_within_a_lease(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "IN_FLIGHT", 3)
    for number in range(5):
        add(str(number))
    assert [len(outbox.claim()), len(outbox.claim())] == [3, 0]


def test_a_message_that_comes_twice_begins_once(db: None) -> None:
    job = add()
    first, second = outbox.begin(job.pk, 0), outbox.begin(job.pk, 0)
    assert (first is not None, second) == (True, None)


def test_a_job_that_is_done_or_parked_is_not_begun(db: None) -> None:
    now = timezone.now()
    assert outbox.begin(add("done", done_at=now).pk, 0) is None
    assert outbox.begin(add("parked", parked_at=now).pk, 0) is None


def test_an_attempt_that_lost_its_lease_cannot_finish(db: None) -> None:
    job = add()
    slow = outbox.begin(job.pk, 0)
    fast = outbox.begin(job.pk, 1)
    assert slow is not None
    assert fast is not None
    assert (outbox.finish(slow), outbox.finish(fast), outbox.finish(fast)) == (False, True, False)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (8, 1920), (9, 3600), (500, 3600)])
def test_the_pause_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert outbox.pause(attempts) == timedelta(seconds=seconds)


def test_a_failed_job_is_due_again_after_its_pause(db: None) -> None:
    job = outbox.begin(add().pk, 0)
    assert job is not None
    assert outbox.fail(job, "why") is False
    job.refresh_from_db()
    assert (job.error, job.leased_until, job.parked_at) == ("why", None, None)
    assert timedelta(seconds=10) < job.due_at - timezone.now() <= timedelta(seconds=15)


def test_the_last_attempt_parks_and_a_person_takes_it_up_again(db: None) -> None:
    job = outbox.begin(add(attempts=outbox.MAX_ATTEMPTS - 1).pk, outbox.MAX_ATTEMPTS - 1)
    assert job is not None
    assert outbox.fail(job, "why") is True
    assert outbox.claim() == []
    assert (outbox.retry(job.pk), outbox.retry(job.pk)) == (True, False)
    assert outbox.claim() == [(job.pk, 0)]


def test_jobs_that_no_broker_took_are_free_at_once(db: None) -> None:
    job = add()
    assert outbox.claim() == [(job.pk, 0)]
    outbox.release([job.pk])
    assert outbox.claim() == [(job.pk, 0)]


def test_done_jobs_go_after_two_weeks(db: None) -> None:
    now = timezone.now()
    for days in (13, 15):
        add(str(days), done_at=now - timedelta(days=days))
    add("open", due_at=now - timedelta(days=30))
    assert outbox.prune() == 1
    assert set(Job.objects.values_list("key", flat=True)) == {"13", "open"}


def test_an_empty_outbox_costs_one_reading_query(db: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django gives it no type
        assert outbox.claim() == []


@pytest.mark.lane("postgresql")
@pytest.mark.django_db(transaction=True)
def test_two_that_claim_at_once_share_the_jobs() -> None:
    Job.objects.bulk_create([Job(task="audit_session", key=str(number)) for number in range(100)])
    claimed: list[tuple[int, int]] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        claimed.extend(outbox.claim())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(claimed), len(set(claimed))) == (100, 100)


def test_a_broker_that_goes_away_while_jobs_are_sent_frees_the_rest(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, sent = [add(str(number)) for number in range(3)], list[tuple[int, int]]()

    def take(message: tuple[int, int], **_options: object) -> None:
        if sent:
            raise OperationalError("gone")
        sent.append(message)

    monkeypatch.setattr(run_job, "apply_async", take)
    with pytest.raises(OperationalError, match=r"^gone$"):
        drain.apply(throw=True)
    assert sent == [(jobs[0].pk, 0)]
    assert outbox.claim() == [(job.pk, 0) for job in jobs[1:]]  # the first is leased to the broker that has it
