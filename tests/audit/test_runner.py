"""A job's effect and its being done are one: neither twice, nor one without the other."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import connection

from audit import jobs, outbox
from audit.models import Event, Job
from audit.record import DAYPASS, record
from audit.runner import error_text, run
from audit.tags import Tag
from audit.tasks import run_job

SECRET = "whsec-do-not-tell"


def effect(**ids: str) -> None:
    record(Tag.SESSION_AUDIT, actor=DAYPASS, **ids)


def broken(**ids: str) -> None:
    effect(**ids)
    raise ValueError(f"cannot reach https://hooks.example/{SECRET}")


@pytest.fixture
def job(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Return a maker of jobs that do what they are given."""

    def make(work: jobs.Work, task: str = "probe", **values: object) -> Job:
        monkeypatch.setitem(jobs.JOBS, task, work)
        return Job.objects.create(task=task, key=task, arguments={"who": "alice"}, **values)

    return make


def audits() -> int:
    return Event.objects.filter(tag=Tag.SESSION_AUDIT).count()


def test_an_unknown_job_is_kept_with_its_error(db: None) -> None:
    job = Job.objects.create(task="nonsense", key="k")
    assert run(job.pk, 0) is False
    job.refresh_from_db()
    assert (job.error, job.done_at) == ("KeyError: 'nonsense'", None)


def test_a_failing_job_leaves_no_effect(job: Callable[..., Job]) -> None:
    failing = job(jobs.Work(broken))
    assert run(failing.pk, 0) is False
    assert (audits(), Job.objects.get(key="probe").attempts) == (0, 1)


def test_a_job_is_done_once_however_often_its_message_comes(job: Callable[..., Job]) -> None:
    good = job(jobs.Work(effect))
    assert [run(good.pk, attempt) for attempt in (0, 0, 1)] == [True, False, False]
    good.refresh_from_db()
    assert (audits(), good.done_at is not None, good.error) == (1, True, "")


def test_the_task_does_the_job_of_its_message_alone(job: Callable[..., Job]) -> None:
    good, other = job(jobs.Work(effect)), job(jobs.Work(effect), "other")
    run_job.apply((good.pk, 0))
    assert [one.done_at is not None for one in (refreshed(good), refreshed(other))] == [True, False]


def refreshed(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_slow_attempt_that_another_overtook_has_no_effect(job: Callable[..., Job]) -> None:
    """The slow one's errand outlives its lease; meanwhile a second attempt does the whole job."""
    made = job(jobs.Work(effect, errand=lambda **ids: overtake()))

    def overtake() -> None:
        if audits() == 0 and Job.objects.get(pk=made.pk).attempts == 1:
            assert run(made.pk, 1) is True

    assert run(made.pk, 0) is False
    assert audits() == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_on_an_errand(job: Callable[..., Job]) -> None:
    seen: list[bool] = []
    assert run(job(jobs.Work(effect, errand=lambda **ids: seen.append(connection.in_atomic_block))).pk, 0)
    assert seen == [False]


def test_a_job_given_up_is_on_the_ledger_and_people_are_told(job: Callable[..., Job], settings: LazySettings) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    failing = job(jobs.Work(broken), attempts=outbox.MAX_ATTEMPTS - 1)
    run(failing.pk, outbox.MAX_ATTEMPTS - 1)
    failing.refresh_from_db()
    assert failing.parked_at is not None
    assert Event.objects.get().tag == Tag.JOB_PARK
    assert Job.objects.get(task="tell_mail").arguments == {"about": "job", "thing": str(failing.pk), "channel": "mail"}


def test_an_alert_given_up_alerts_nobody(job: Callable[..., Job], settings: LazySettings) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    failing = job(jobs.Work(broken), task="tell_mail", attempts=outbox.MAX_ATTEMPTS - 1)
    run(failing.pk, outbox.MAX_ATTEMPTS - 1)
    assert Event.objects.get().tag == Tag.ALERT_FAIL
    assert Job.objects.count() == 1


def test_an_error_is_kept_without_secrets(settings: LazySettings) -> None:
    settings.DAYPASS_ALERT_WEBHOOK = f"https://hooks.example/{SECRET}"
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"
    text = error_text(ValueError(f"cannot reach https://hooks.example/{SECRET} with {token}"))
    assert text == "ValueError: cannot reach [DAYPASS_ALERT_WEBHOOK] with [masked]"
