"""Every number and filter of this room: at its edge, from both sides, with what is somebody else's beside it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import SignIn
from audit import alerts, channels, expiry, filters, guard, outbox, paging, streaks, unusual, views
from audit.expiry import NotYet, expire_session, sweep
from audit.findings import find
from audit.flags import flag_event
from audit.housekeeping import forget_tokens
from audit.models import Event, Finding, Job
from audit.record import DAYPASS, Actor, Origin, cleanse, record
from audit.review import audit_session, missing
from audit.runner import error_text
from audit.tags import Tag
from credentials.models import IssuedSession
from tests.audit.conftest import Taken, make_role, make_session
from tests.conftest import Clock
from tests.rows import all_rows, changed

pytestmark = pytest.mark.django_db
State = IssuedSession.State
MINUTE, HOUR, DAY, MOMENT = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=1)


def of(sessions: list[IssuedSession]) -> list[str]:
    return [IssuedSession.objects.get(pk=session.pk).state for session in sessions]


@pytest.mark.parametrize(("early", "state"), [(MOMENT, State.ISSUED), (timedelta(0), State.EXPIRED)])
def test_a_session_expires_at_its_moment_and_no_other_with_it(
    alice: SignIn, bob: SignIn, clock: Clock, early: timedelta, state: str
) -> None:
    session, other = (make_session(who, make_role(), expires_at=clock.now + early) for who in (alice, bob))
    if early:
        with pytest.raises(NotYet):
            expire_session(session_id=str(session.pk))
    else:
        expire_session(session_id=str(session.pk))
    assert of([session, other]) == [state, State.ISSUED]
    assert Event.objects.filter(tag=Tag.SESSION_EXPIRE).count() == (state == State.EXPIRED)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"state": State.ISSUED, "expires_at": -2 * MINUTE}, State.EXPIRED),
        ({"state": State.ISSUED, "expires_at": -2 * MINUTE + MOMENT}, State.ISSUED),
        ({"state": State.REVOKED, "expires_at": -DAY}, State.REVOKED),
        ({"state": State.PENDING, "created_at": -10 * MINUTE}, State.ABANDONED),
        ({"state": State.PENDING, "created_at": -10 * MINUTE + MOMENT}, State.PENDING),
        ({"state": State.ISSUED, "created_at": -DAY}, State.ISSUED),
    ],
)
def test_the_sweep_takes_what_is_over_at_its_moment(
    alice: SignIn, clock: Clock, values: dict[str, Any], state: str
) -> None:
    moments = {name: clock.now + value for name, value in values.items() if name != "state"}
    session = make_session(alice, make_role(), settled_at=None, state=values["state"], expires_at=clock.now + DAY)
    IssuedSession.objects.filter(pk=session.pk).update(**moments)
    kept = make_session(alice, make_role())
    swept = sweep()
    row = IssuedSession.objects.get(pk=session.pk)
    assert (row.state, swept) == (state, int(state != values["state"]))
    assert row.settled_at == (clock.now if state == State.ABANDONED else None)
    assert of([kept]) == [State.ISSUED]


def test_the_sweep_takes_so_many_at_once_the_oldest_first(
    alice: SignIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expiry.AT_ONCE == 500
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    made = [make_session(alice, make_role(), ago=number * HOUR) for number in (3, 5, 4)]
    assert (sweep(), of(made)) == (2, [State.ISSUED, State.EXPIRED, State.EXPIRED])


@pytest.mark.parametrize(
    ("act", "breaks"),
    [
        (lambda ids: expire_session(session_id=str(ids[0])), "record"),
        (lambda ids: expiry.abandon_session(ids[1]), "record"),
        (lambda ids: expiry.abandon_session(ids[1]), "find"),
    ],
)
def test_a_change_without_its_event_is_none(
    alice: SignIn, clock: Clock, monkeypatch: pytest.MonkeyPatch, act: Callable[[list[Any]], None], breaks: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ConnectionError

    over = [make_session(alice, make_role(), ago=DAY, state=state) for state in (State.ISSUED, State.PENDING)]
    before = all_rows()
    monkeypatch.setattr(expiry, breaks, fails)
    with pytest.raises(ConnectionError):
        act([one.pk for one in over])
    assert changed(before, all_rows()) == set()


@pytest.fixture
def add(clock: Clock) -> Callable[..., Job]:
    """Return a maker of jobs; moments are named by how far they are from now."""

    def make(key: str, **values: Any) -> Job:
        moments = {name: clock.now + value if isinstance(value, timedelta) else value for name, value in values.items()}
        return Job.objects.create(**{"task": "audit_session", "key": key, "due_at": clock.now, **moments})

    return make


@pytest.mark.parametrize(
    ("values", "claimed"),
    [
        ({}, True),
        ({"due_at": MOMENT}, False),
        ({"leased_until": timedelta(0)}, True),
        ({"leased_until": MOMENT}, False),
        ({"done_at": -MOMENT}, False),
        ({"parked_at": -MOMENT}, False),
    ],
)
def test_a_job_is_claimed_with_everything_right(
    add: Callable[..., Job], clock: Clock, values: dict[str, timedelta], claimed: object
) -> None:
    job, other = add("one", **values), add("later", due_at=HOUR)
    assert (outbox.claim() == [(job.pk, 0)]) is claimed
    for one in (job, other):
        one.refresh_from_db()
    assert ((job.leased_until == clock.now + outbox.lease()), other.leased_until) == (claimed, None)


def test_a_lease_holds_places_while_it_lasts(
    add: Callable[..., Job], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (outbox.IN_FLIGHT, outbox.MAX_ATTEMPTS) == (200, 12)
    monkeypatch.setattr(outbox, "IN_FLIGHT", 3)
    for key, values in {"out": {"leased_until": MOMENT}, "over": {"leased_until": timedelta(0)}}.items():
        add(key, **values)
    add("done", done_at=-MOMENT, leased_until=HOUR)
    for number in range(3):
        add(f"{number}", due_at=-number * MOMENT)
    assert len(outbox.claim()) == 2


def test_what_one_job_does_no_other_feels(add: Callable[..., Job], clock: Clock) -> None:
    job = add("one")
    others = [
        add("free"),
        add("leased", leased_until=HOUR, attempts=1),
        add("done", done_at=-DAY),
        add("parked", parked_at=-DAY),
    ]
    before = list(Job.objects.filter(pk__in=[other.pk for other in others]).order_by("pk").values_list())
    begun = outbox.begin(job.pk, 0)
    assert begun is not None
    assert begun.leased_until == clock.now + outbox.lease()
    outbox.release([job.pk])
    assert Job.objects.get(pk=job.pk).leased_until is None
    assert outbox.fail(begun, "why") is False
    again = outbox.begin(job.pk, 1)
    assert again is not None
    assert (outbox.fail(begun, "late"), outbox.finish(begun), outbox.finish(again)) == (False, False, True)
    assert (outbox.retry(job.pk), outbox.begin(job.pk, 2)) == (False, None)
    after = Job.objects.get(pk=job.pk)
    assert (after.done_at, after.leased_until, after.error) == (clock.now, None, "")
    assert list(Job.objects.filter(pk__in=[other.pk for other in others]).order_by("pk").values_list()) == before


@pytest.mark.parametrize("state", ["free", "done"])
def test_only_a_parked_job_is_taken_up_again(add: Callable[..., Job], state: str) -> None:
    job = add("one", **({"done_at": -DAY, "parked_at": -DAY} if state == "done" else {}))
    assert outbox.retry(job.pk) is False


@pytest.mark.parametrize(("attempts", "parked"), [(11, False), (12, True)])
def test_a_job_is_given_up_with_its_twelfth_attempt(
    add: Callable[..., Job], clock: Clock, attempts: int, parked: object
) -> None:
    job = add("one", attempts=attempts - 1)
    begun = outbox.begin(job.pk, attempts - 1)
    assert begun is not None
    assert outbox.fail(begun, "why") is parked
    after = Job.objects.get(pk=job.pk)
    assert (after.parked_at is not None, after.due_at) == (parked, clock.now + HOUR)


@pytest.mark.parametrize(("seconds", "behind"), [(60, False), (60.001, True)])
def test_the_outbox_is_behind_after_a_minute(add: Callable[..., Job], seconds: float, behind: object) -> None:
    add("done", due_at=-DAY, done_at=-DAY), add("parked", due_at=-DAY, parked_at=-DAY)
    assert outbox.is_behind() is False
    add("one", due_at=timedelta(seconds=-seconds))
    assert outbox.is_behind() is behind


@pytest.mark.parametrize(("age", "pruned"), [(14 * DAY, 0), (14 * DAY + MOMENT, 1)])
def test_a_job_that_was_done_is_kept_for_two_weeks(add: Callable[..., Job], age: timedelta, pruned: int) -> None:
    add("one", done_at=-age), add("two", done_at=-DAY), add("open", due_at=-90 * DAY)
    assert (outbox.prune(), Job.objects.count()) == (pruned, 3 - pruned)


def test_so_many_jobs_are_pruned_at_once_the_oldest_first(
    add: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outbox.PRUNED_AT_ONCE == 5000
    monkeypatch.setattr(outbox, "PRUNED_AT_ONCE", 1)
    for days in (20, 30):
        add(f"{days}", done_at=-days * DAY)
    assert (outbox.prune(), Job.objects.get().key) == (1, "20")


@pytest.mark.parametrize(
    ("values", "forgotten"),
    [
        ({}, False),
        ({"ended_at": -MOMENT}, True),
        ({"expires_at": timedelta(0)}, True),
        ({"expires_at": MOMENT}, False),
        ({"ended_at": -MOMENT, "web_identity_token": ""}, True),
        ({"ended_at": -MOMENT, "refresh_token": ""}, True),
        ({"ended_at": -MOMENT, "refresh_token": "", "web_identity_token": ""}, False),
    ],
)
def test_tokens_are_forgotten_with_their_sign_in(
    alice: SignIn, bob: SignIn, clock: Clock, values: dict[str, Any], forgotten: object
) -> None:
    moments = {name: clock.now + value if isinstance(value, timedelta) else value for name, value in values.items()}
    SignIn.objects.update(web_identity_token="sealed", refresh_token="sealed")
    SignIn.objects.filter(pk=alice.pk).update(**moments)
    before = SignIn.objects.filter(pk=alice.pk).values_list("web_identity_token", "refresh_token").get()
    assert forget_tokens() == (1 if forgotten else 0)
    left = {row.pk: (row.web_identity_token, row.refresh_token) for row in SignIn.objects.all()}
    assert left == {alice.pk: ("", "") if forgotten else before, bob.pk: ("sealed", "sealed")}


@pytest.mark.parametrize(("apart", "flagged"), [(30 * MINUTE, 1), (30 * MINUTE + 4 * MOMENT, 0)])
def test_five_refusals_are_a_streak_within_half_an_hour(
    alice: SignIn, bob: SignIn, clock: Clock, apart: timedelta, flagged: int
) -> None:
    assert (streaks.LENGTH, filters.MOST_PEOPLE, filters.MOST_ROLES, filters.MOST_SESSIONS) == (5, 200, 2000, 200)
    for place in range(5):
        for who in (alice, bob) if place else (alice,):
            moment = clock.now + apart * place / 4
            last = Event.objects.create(
                tag=Tag.SESSION_REFUSE, actor_id=str(who.user_id), actor_name="x", occurred_at=moment
            )
            streaks.review_refusal(event_id=last.pk)
    assert Finding.objects.count() == flagged


def test_strangers_have_no_streak(db: None) -> None:
    for _ in range(5):
        event = record(Tag.SESSION_REFUSE, actor=Actor("", "A stranger"))
        streaks.review_refusal(event_id=event.pk)
    assert Finding.objects.count() == 0


@pytest.mark.parametrize(("ago", "found"), [(90 * DAY, set()), (90 * DAY + MOMENT, {"new_network"})])
def test_a_network_is_remembered_for_ninety_days(
    taken: Taken, alice: SignIn, bob: SignIn, clock: Clock, ago: timedelta, found: set[str]
) -> None:
    taken(bob), taken(alice, ago=ago), taken(alice, address="198.51.100.1", ago=DAY)
    assert {str(kind) for kind in unusual.signs(taken(alice))} == found


@pytest.mark.parametrize(("ago", "found"), [(10 * MINUTE - MOMENT, {"burst"}), (10 * MINUTE, set())])
def test_a_burst_is_within_ten_minutes(
    taken: Taken, alice: SignIn, bob: SignIn, clock: Clock, settings: Any, ago: timedelta, found: set[str]
) -> None:
    settings.DAYPASS_BURST = 2
    taken(alice, ago=DAY), taken(bob, ago=MINUTE)
    taken(alice, ago=ago), taken(alice, ago=MINUTE), taken(alice, ago=MINUTE, state=State.FAILED)
    assert {str(kind) for kind in unusual.signs(taken(alice))} == found


def test_of_two_at_the_same_instant_the_lower_id_is_first(taken: Taken, alice: SignIn, clock: Clock) -> None:
    one, other = sorted((taken(alice) for _ in range(2)), key=lambda session: session.pk)
    assert list(unusual.earlier(one)) == []
    assert list(unusual.earlier(other)) == [one]


@pytest.mark.parametrize(("apart", "words"), [(5 * MINUTE, []), (5 * MINUTE + MOMENT, ["the duration"])])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_be_five_minutes_apart(
    taken: Taken, alice: SignIn, apart: timedelta, sign: int, words: list[str]
) -> None:
    session = taken(alice)
    session.expires_at = session.created_at + timedelta(seconds=session.duration) + sign * apart
    events = list(Event.objects.filter(subject_id=str(session.pk)).order_by("pk"))
    assert missing(session, events) == words


def test_a_session_is_audited_by_its_own_events(taken: Taken, alice: SignIn, clock: Clock) -> None:
    other, session = taken(alice, ago=DAY), taken(alice)
    audit_session(session_id=str(other.pk))
    record(Tag.SESSION_AUDIT, actor=DAYPASS, subject="role", subject_id=session.pk)
    audit_session(session_id=str(session.pk))
    about = Event.objects.filter(tag=Tag.SESSION_AUDIT, subject="issued_session")
    assert [event.details["findings"] for event in about.order_by("pk")] == [["first_use"], []]


def test_what_was_found_of_one_is_told_of_no_other(taken: Taken, alice: SignIn, settings: Any, clock: Clock) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["security@example.com"]
    one, other = taken(alice), taken(alice, make_role("Other"))
    for session in (one, other):
        audit_session(session_id=str(session.pk))
    alerts.mark_told(about="session", thing=str(one.pk), channel="mail")
    assert {row.session_id: row.told_at for row in Finding.objects.all()} == {one.pk: clock.now, other.pk: None}
    alerts.mark_told(about="job", thing="1", channel="mail")
    assert Finding.objects.get(session_id=other.pk).told_at is None


def test_a_notice_tells_of_its_own_thing(taken: Taken, alice: SignIn, bob: SignIn, add: Callable[..., Job]) -> None:
    sessions, jobs = [taken(who) for who in (alice, bob)], [add(key) for key in ("one", "two")]
    for session, job in zip(sessions, jobs, strict=True):
        assert alerts.notice("session", str(session.pk)).facts["session"] == str(session.pk)
        assert alerts.notice("job", str(job.pk)).facts["job"] == job.key
    for event in Event.objects.all():
        assert alerts.notice("event", str(event.pk)).facts["person"] == event.actor_name


def test_the_ledger_takes_as_much_as_its_columns_hold(db: None) -> None:
    event = record(Tag.SIGN_IN_START, actor=Actor("", "n" * 255, origin=Origin("", "a" * 300, "sdk")))
    event.refresh_from_db()
    assert (event.actor_name, event.client) == ("n" * 254, "sdk " + "a" * 216)


def test_a_finding_takes_as_much_as_its_column_holds(taken: Taken, alice: SignIn) -> None:
    find({Finding.Kind.BURST: "t" * 301}, session=taken(alice))
    assert Finding.objects.get().text == "t" * 300


def test_an_event_is_flagged_by_itself(db: None) -> None:
    for name in ("one", "two"):
        Event.objects.create(tag=Tag.PROVIDER_WARN, actor_name=name, details={"text": f"about {name}"})
    for event in Event.objects.order_by("pk"):
        flag_event(event_id=event.pk)
    assert list(Finding.objects.order_by("pk").values_list("person", "text")) == [
        ("one", "about one"),
        ("two", "about two"),
    ]


def test_a_notice_and_an_error_are_cut(settings: LazySettings) -> None:
    assert alerts._one_line("a\r\nb " + "x" * 300) == "a b " + "x" * 196
    assert error_text(ValueError("x" * 600)) == "ValueError: " + "x" * 488


SECRET = "aB3" + "x" * 37


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("eyJ" + "a" * 8 + "." + "b" * 8 + ".", True),
        ("eyJ" + "a" * 7 + "." + "b" * 8 + ".", False),
        ("eyJ" + "a" * 8 + "." + "b" * 7 + ".", False),
        ("IQoJ" + "a" * 20, True),
        ("FwoG" + "a" * 20, True),
        ("IQoJ" + "a" * 19, False),
        (SECRET, True),
        (SECRET[:-1], False),
        (SECRET + "y", False),
        (SECRET.lower(), False),
        (SECRET.upper(), False),
        (SECRET.replace("3", "c"), False),
        ("arn:aws:iam::" + SECRET, False),
    ],
)
@pytest.mark.parametrize("wrap", [str, lambda text: [{"a": (text,)}], lambda text: {"a": {text}}])
def test_what_looks_like_a_secret_is_masked(text: str, wrap: Callable[[str], Any], masked: object) -> None:
    assert ("[masked]" in str(cleanse(wrap(text)))) is masked
    assert (text in str(cleanse(wrap(text)))) is not masked


def test_what_is_no_text_stays_what_it_is() -> None:
    values = [None, True, 1, 1.5]
    assert cleanse(values) == values
    assert cleanse(datetime(2030, 1, 1)) == "2030-01-01 00:00:00"  # noqa: DTZ001  # any object


def test_pages_and_lists_have_an_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (paging.SIZE, paging.MOST, views.MOST_LIVE, views.MOST_EVENTS) == (50, 10_000, 100, 500)
    monkeypatch.setattr(paging, "MOST", 2)
    seen = []
    for _ in range(3):
        record(Tag.SIGN_IN_START, actor=DAYPASS)
        page = paging.CappedPaginator(Event.objects.order_by("-pk"), 50)
        seen.append((page.count, page.is_capped))
    assert seen == [(1, False), (2, True), (2, True)]


def test_a_webhook_is_waited_for_five_seconds() -> None:
    limits = channels.LIMITS
    assert (limits.timeout, limits.whole, limits.largest) == (5, 5, 65_536)


def test_two_that_look_at_the_ledgers_guard_take_turns(db: None, locked: list[str]) -> None:
    guard.settle(["gone"])
    assert locked == ["Duty"]
