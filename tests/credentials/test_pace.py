"""One person takes so many roles in a minute, over all their sign-ins; whoever goes on is told when to come back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import SignIn
from audit.models import Event
from credentials.models import IssuedSession
from credentials.pace import seconds_to_wait
from demo.aws.testing import RunningAws
from roles.models import Role
from tests.audit.conftest import make_session
from tests.conftest import Browser, MakeRole, Signed
from tests.credentials.conftest import take
from tests.credentials.test_issue import refused
from tests.credentials.test_views import TAKE, form

pytestmark = pytest.mark.django_db
Took = Callable[..., None]


@pytest.fixture
def took(make_role: MakeRole) -> Took:
    """Let somebody have taken a role, so many seconds ago each."""
    role = make_role("Other")

    def make(sign_in: SignIn, *ages: float) -> None:
        for age in ages:
            make_session(sign_in, role, ago=timedelta(seconds=age))

    return make


@pytest.mark.parametrize(
    ("ages", "wait"), [([], 0), ([50, 40], 0), ([61, 50, 40], 0), ([50, 40, 30], 10), ([90, 9, 6, 3], 51)]
)
def test_the_minute_is_full_with_the_third(
    settings: Settings, alice: SignIn, took: Took, ages: list[float], wait: int
) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 3
    took(alice, *ages)
    assert seconds_to_wait(alice.user_id) == wait


def test_it_counts_the_person_and_nobody_else(settings: Settings, signed_in: Signed, bob: SignIn, took: Took) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 2
    here, there = signed_in("alice"), signed_in("alice")
    took(here, 5)
    took(there, 5)
    assert (seconds_to_wait(here.user_id), seconds_to_wait(bob.user_id)) == (55, 0)


def test_however_many_were_taken_it_is_one_look(
    alice: SignIn, took: Took, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    took(alice, *range(100, 180))
    with django_assert_num_queries(1), CaptureQueriesContext(connection) as queries:
        seconds_to_wait(alice.user_id)
    assert "LIMIT 1 OFFSET 59" in queries.captured_queries[0]["sql"]


def test_the_one_too_many_is_refused_before_aws_is_asked(
    local_aws: RunningAws, s3_read_only: Role, alice: SignIn, took: Took, settings: Settings
) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 2
    take(alice, s3_read_only)
    took(alice, 30)
    first, second = refused(alice, s3_read_only), refused(alice, s3_read_only)
    assert (first.refusal.slug, first.refusal.retry_after) == ("too-often", 30)
    events = Event.objects.filter(tag="credentials:session:refuse").order_by("pk")
    assert {event.details["why"] for event in events} == {"more than 2 roles in a minute"}
    assert [event.reference for event in events] == [first.reference, second.reference]
    assert len(local_aws.calls("AssumeRole")) == 1
    IssuedSession.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert take(alice, s3_read_only).credentials


def test_the_page_says_when_to_come_back(
    s3_read_only: Role, alice: SignIn, browser: Browser, took: Took, settings: Settings
) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 1
    took(alice, 40)
    answer = browser(alice).post(TAKE, form())
    assert (answer.status_code, answer["Retry-After"]) == (429, "20")
    page = answer.content.decode()
    assert "You have taken many roles within a minute." in page
    assert "Wait 20 seconds, then try again." in page
    assert Event.objects.get(tag="credentials:session:refuse").reference in page


def test_somebody_without_a_mapping_learns_nothing_of_it(
    s3_read_only: Role, charlie: SignIn, took: Took, settings: Settings
) -> None:
    settings.DAYPASS_TAKES_PER_MINUTE = 1
    took(charlie, 1)
    assert refused(charlie, s3_read_only).refusal.slug == "not-yours"
