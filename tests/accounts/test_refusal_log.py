"""Refusals cannot flood the ledger or the outbox: the first of a kind stand in full, then they are counted."""

from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts import limits, refusal_log
from accounts.limits import DAY, REFUSAL, STRANGERS, Limit, forget_old_counts
from accounts.models import RateCount
from accounts.refusal_log import count_refusals, record_refusal
from audit.models import Event, Job
from audit.record import Actor, Origin
from audit.tags import Tag

pytestmark = pytest.mark.django_db
ALICE = Actor("7", "alice@example.com", uuid4(), Origin("198.51.100.7", "curl/8", "sdk"))
BOB = Actor("8", "bob@example.com", uuid4(), ALICE.origin)
STRANGER = Actor("", "A stranger", None, ALICE.origin)
KINDS = [tag for tag in Tag if tag.endswith("refuse")]
BEGIN = 1_800_000_000 // REFUSAL.seconds * REFUSAL.seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; the first of a window."""
    now = [float(BEGIN)]
    for module in (limits, refusal_log):
        monkeypatch.setattr(module.time, "time", lambda: now[0])
    return now


def refused(actor: Actor, times: int, tag: Tag = Tag.SESSION_REFUSE) -> list[str]:
    return [record_refusal(tag, actor=actor, reference=f"DP-{number}", why="x") for number in range(times)]


def told() -> Counter[str]:
    return Counter(Event.objects.values_list("tag", flat=True))


@pytest.mark.parametrize("tag", KINDS)
def test_each_kind_is_written_in_full_up_to_the_limit_and_then_counted(tag: Tag) -> None:
    shown = refused(ALICE, REFUSAL.most + 20, tag)
    assert told() == {tag: REFUSAL.most, Tag.LIMIT_EXCEED: 1}
    begun = Event.objects.get(tag=Tag.LIMIT_EXCEED)
    assert shown == [*(f"DP-{number}" for number in range(REFUSAL.most)), *[begun.reference] * 20]
    assert begun.details["refused"] == tag
    assert Job.objects.filter(task="count_refusals").count() == 1
    assert Job.objects.count() <= 1 + REFUSAL.most


def test_the_last_that_is_written_and_the_first_that_is_not() -> None:
    assert refused(ALICE, REFUSAL.most)[-1] == f"DP-{REFUSAL.most - 1}"
    assert told() == {Tag.SESSION_REFUSE: REFUSAL.most}
    refused(ALICE, 1)
    assert told() == {Tag.SESSION_REFUSE: REFUSAL.most, Tag.LIMIT_EXCEED: 1}


@pytest.mark.parametrize("other", [BOB, STRANGER])
def test_others_at_the_same_address_are_written_in_full(other: Actor) -> None:
    refused(ALICE, REFUSAL.most + 5)
    refused(other, 2)
    assert Event.objects.filter(tag=Tag.SESSION_REFUSE, actor_id=other.user_id).count() == 2


@pytest.mark.parametrize(("address", "written"), [("198.51.100.7", 0), ("198.51.100.8", 1)])
def test_strangers_are_counted_by_their_network(address: str, written: int) -> None:
    refused(STRANGER, REFUSAL.most)
    refused(Actor("", "A stranger", None, Origin(address)), 1)
    assert told()[Tag.SESSION_REFUSE] == REFUSAL.most + written


def test_a_person_is_one_wherever_they_are() -> None:
    refused(ALICE, REFUSAL.most)
    refused(Actor("7", "alice@example.com", None, Origin("203.0.113.1")), 1)
    assert told()[Tag.SESSION_REFUSE] == REFUSAL.most


def test_another_kind_is_written_in_full() -> None:
    refused(ALICE, REFUSAL.most + 1)
    refused(ALICE, 1, Tag.TOOL_DENY)
    assert told()[Tag.TOOL_DENY] == 1


@pytest.mark.parametrize(("later", "written"), [(REFUSAL.seconds - 1, 0), (REFUSAL.seconds, 1)])
def test_a_window_ends(clock: list[float], later: int, written: int) -> None:
    refused(ALICE, REFUSAL.most)
    clock[0] += later
    refused(ALICE, 1)
    assert told()[Tag.SESSION_REFUSE] == REFUSAL.most + written


def test_at_the_end_one_event_says_how_many_there_were(clock: list[float]) -> None:
    clock[0] += 5
    refused(ALICE, REFUSAL.most + 20)
    refused(BOB, REFUSAL.most + 3)
    clock[0] += REFUSAL.seconds
    refused(ALICE, 4)  # of the next window
    begun, job = Event.objects.filter(tag=Tag.LIMIT_EXCEED, actor_id="7").get(), Job.objects.filter(due_at__gt=due(0))
    waiting = job.filter(task="count_refusals").order_by("pk")
    assert [each.due_at for each in waiting] == [due(5 + REFUSAL.seconds)] * 2
    count_refusals(**waiting[0].arguments)
    event = Event.objects.get(tag=Tag.REFUSAL_COUNT)
    assert event.details == {"refused": "credentials:session:refuse", "count": 20}
    same = ("actor_id", "actor_name", "sign_in_id", "address", "client", "reference", "subject", "subject_id")
    assert [getattr(event, name) for name in same] == [getattr(begun, name) for name in same]


def due(seconds: int) -> datetime:
    return datetime.fromtimestamp(BEGIN + seconds, UTC)


@pytest.mark.parametrize(("later", "left"), [(DAY, 1), (DAY + 1, 0)])
def test_a_counter_is_kept_for_a_day_so_that_it_can_be_told(clock: list[float], later: int, left: int) -> None:
    refused(ALICE, REFUSAL.most + 20)
    clock[0] += REFUSAL.seconds + later
    forget_old_counts()
    assert RateCount.objects.count() == left
    count_refusals(event_id=Event.objects.get(tag=Tag.LIMIT_EXCEED).pk)
    assert Event.objects.get(tag=Tag.REFUSAL_COUNT).details["count"] == (20 if left else 1)


def by_strangers(networks: int) -> list[str]:
    """Let one stranger after the other be refused, each at a network of their own."""
    ask = [Actor("", "A stranger", None, Origin(f"2001:db8:0:{number:x}::1")) for number in range(networks)]
    return [record_refusal(Tag.SIGN_IN_REFUSE, actor=one, reference=f"DP-{at}") for at, one in enumerate(ask)]


def test_strangers_of_ever_other_networks_are_counted_together(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    monkeypatch.setattr(refusal_log, "STRANGERS", Limit("strangers_refusal", 5, 600))
    shown = by_strangers(25)
    begun = Event.objects.get(tag=Tag.LIMIT_EXCEED)
    assert (begun.subject_id, begun.details["by"]) == ("strangers_refusal", "stranger")
    assert shown == [*(f"DP-{number}" for number in range(5)), *[begun.reference] * 20]
    refused(ALICE, REFUSAL.most, Tag.SIGN_IN_REFUSE)
    refused(STRANGER, 2, Tag.BREAK_GLASS_REFUSE)
    assert told() == {Tag.SIGN_IN_REFUSE: 5 + REFUSAL.most, Tag.BREAK_GLASS_REFUSE: 2, Tag.LIMIT_EXCEED: 1}
    (job,) = Job.objects.filter(task="count_refusals")
    clock[0] += REFUSAL.seconds
    assert by_strangers(1) == ["DP-0"]
    count_refusals(**job.arguments)
    event = Event.objects.get(tag=Tag.REFUSAL_COUNT)
    assert (event.details["count"], event.subject_id, event.reference) == (20, "strangers_refusal", begun.reference)


def test_how_many_strangers_are_written_down() -> None:
    assert (STRANGERS.most, STRANGERS.seconds) == (1000, REFUSAL.seconds)
