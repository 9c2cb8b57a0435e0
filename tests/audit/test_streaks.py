"""Five refusals in a row within half an hour are flagged once, whether or not a session row was made."""

from datetime import datetime, timedelta
from itertools import repeat

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import SignIn
from audit import outbox
from audit.models import Event, Finding, Job
from audit.record import DAYPASS, record
from audit.runner import run
from audit.streaks import review_refusal
from audit.tags import Tag
from tests.audit.conftest import actor, make_role, make_session, put_on_ledger

REFUSE, FAIL, ISSUE = Tag.SESSION_REFUSE, Tag.SESSION_FAIL, Tag.SESSION_ISSUE


def happened(sign_in: SignIn, tag: Tag, at: datetime) -> Event:
    person = actor(sign_in)
    return Event.objects.create(tag=tag, actor_id=person.user_id, actor_name=person.name, occurred_at=at)


def review(sign_in: SignIn, tags: list[Tag], *, apart: timedelta = timedelta(minutes=1)) -> list[int]:
    """Let the events happen, review each refusal twice and return the places of those that were flagged."""
    start = timezone.now() - apart * len(tags)
    events = [happened(sign_in, tag, start + apart * number) for number, tag in enumerate(tags)]
    for event in [event for event in events if event.tag in (REFUSE, FAIL)] * 2:
        review_refusal(event_id=event.pk)
    flagged = set(Finding.objects.values_list("event_id", flat=True))
    return [place for place, event in enumerate(events) if event.pk in flagged]


@pytest.mark.parametrize(
    ("tags", "flagged"),
    [
        ([*repeat(REFUSE, 4)], []),
        ([*repeat(REFUSE, 5)], [4]),
        ([REFUSE, FAIL, REFUSE, FAIL, REFUSE], [4]),
        ([*repeat(REFUSE, 9)], [4]),
        ([*repeat(REFUSE, 4), ISSUE, *repeat(REFUSE, 4)], []),
        ([*repeat(REFUSE, 5), ISSUE, *repeat(REFUSE, 5)], [4, 10]),
        ([REFUSE, REFUSE, Tag.SIGN_IN_START, REFUSE, REFUSE, REFUSE], [5]),
    ],
)
def test_the_fifth_refusal_in_a_row_is_flagged(alice: SignIn, tags: list[Tag], flagged: list[int]) -> None:
    assert review(alice, tags) == flagged


@pytest.mark.parametrize(("minutes", "flagged"), [(7, [4]), (8, [])])
def test_refusals_further_apart_are_no_streak(alice: SignIn, minutes: int, flagged: list[int]) -> None:
    assert review(alice, [*repeat(REFUSE, 5)], apart=timedelta(minutes=minutes)) == flagged


def test_refusals_of_two_people_are_not_added_up(alice: SignIn, bob: SignIn) -> None:
    assert (review(alice, [*repeat(REFUSE, 4)]), review(bob, [*repeat(REFUSE, 4)])) == ([], [])


def test_each_refusal_puts_its_own_review_into_the_outbox(alice: SignIn, bob: SignIn) -> None:
    for _ in range(5):
        session = make_session(alice, make_role(), state="failed")
        put_on_ledger(alice, session, FAIL)
    make_session(bob, make_role())
    for job in Job.objects.filter(task="review_refusal"):
        assert run(job.pk, 0) is True
    finding = Finding.objects.get()
    assert (finding.session_id, finding.kind, finding.person) == (session.pk, "refused_streak", "alice@example.com")


@pytest.mark.parametrize("tag", [Tag.SESSION_FAIL, Tag.PROVIDER_WARN])
def test_an_event_and_its_job_are_written_both_or_neither(db: None, monkeypatch: pytest.MonkeyPatch, tag: Tag) -> None:
    def down(*jobs: object) -> None:
        raise DatabaseError("the connection is gone")

    monkeypatch.setattr(outbox, "put", down)
    with pytest.raises(DatabaseError):
        record(tag, actor=DAYPASS)
    assert Event.objects.count() == 0
