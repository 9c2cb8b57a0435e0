"""The ledger and the outbox in the administration: read by auditors, changed by nobody, parked jobs tried again."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from audit.admin import JobAdmin
from audit.models import Event, Job
from audit.record import DAYPASS, record
from audit.tags import Tag
from roles.models import PortalRoleMapping
from tests.conftest import Browser


def holding(portal_role: str, sign_in: SignIn, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal=f"user:{sign_in.email}", portal_role=portal_role)
    return browser(sign_in)


def try_again(client: Client, *jobs: Job) -> int:
    data = {"action": "try_again", "_selected_action": [str(job.pk) for job in jobs]}
    return client.post("/admin/audit/job/", data, follow=True).status_code


@pytest.fixture
def parked(db: None) -> Job:
    now = timezone.now()
    return Job.objects.create(task="audit_session", key="k", attempts=12, parked_at=now, error="ValueError: why")


def test_not_even_an_administrator_changes_the_ledger(bob: SignIn, browser: Browser) -> None:
    client = holding("administrator", bob, browser)
    event = record(Tag.SIGN_IN_START, actor=DAYPASS)
    page = f"/admin/audit/event/{event.pk}"
    answers = {
        "list": client.get("/admin/audit/event/").status_code,
        "add": client.get("/admin/audit/event/add/").status_code,
        "change": client.post(f"{page}/change/", {"actor_name": "Mallory"}).status_code,
        "delete": client.post(f"{page}/delete/", {"post": "yes"}).status_code,
    }
    assert answers == {"list": 200, "add": 403, "change": 403, "delete": 403}
    assert Event.objects.get(pk=event.pk).actor_name == "Daypass"


def test_an_auditor_sees_a_parked_job_and_cannot_try_it_again(parked: Job, audrey: SignIn, browser: Browser) -> None:
    client = holding("auditor", audrey, browser)
    assert "ValueError: why" in client.get("/admin/audit/job/?state=parked").content.decode()
    try_again(client, parked)
    parked.refresh_from_db()
    assert parked.parked_at is not None


def test_an_administrator_tries_parked_jobs_again_and_no_others(parked: Job, bob: SignIn, browser: Browser) -> None:
    done = Job.objects.create(task="audit_session", key="d", done_at=timezone.now())
    assert try_again(holding("administrator", bob, browser), parked, done) == 200
    parked.refresh_from_db()
    assert (parked.parked_at, parked.attempts) == (None, 0)
    event = Event.objects.get(tag=Tag.JOB_RETRY)
    assert (event.actor_name, event.subject_id) == ("bob@example.com", str(parked.pk))


@pytest.mark.parametrize(
    ("state", "keys"), [("parked", ["k"]), ("waiting", ["w"]), ("done", ["d"]), ("", ["w", "d", "k"])]
)
def test_jobs_are_listed_by_state(parked: Job, bob: SignIn, browser: Browser, state: str, keys: list[str]) -> None:
    Job.objects.create(task="audit_session", key="d", done_at=timezone.now())
    Job.objects.create(task="audit_session", key="w")
    answer = holding("administrator", bob, browser).get("/admin/audit/job/", {"state": state} if state else {})
    assert [job.key for job in answer.context["cl"].result_list] == keys
    words = {job.key: JobAdmin.state(answer.context["cl"].model_admin, job) for job in Job.objects.all()}
    assert words == {"k": "Parked", "d": "Done", "w": "Waiting"}


@pytest.mark.parametrize(
    ("details", "about"),
    [({"what": "a key", "role": "arn:x"}, "a key"), ({"role": "arn:x"}, "arn:x"), ({}, "issued_session 7")],
)
def test_an_event_is_about_what_it_names(audrey: SignIn, browser: Browser, details: dict[str, str], about: str) -> None:
    Event.objects.create(tag="x", actor_name="x", subject="issued_session", subject_id="7", details=details)
    page = holding("auditor", audrey, browser).get("/admin/audit/event/?tag=x").content.decode()
    assert re.findall(r'<td class="field-what">(.*?)</td>', page) == [about]
