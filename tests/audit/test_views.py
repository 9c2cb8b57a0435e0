"""My own activity for everybody; everybody's sessions and the ledger for auditors; nothing for anybody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn, User
from audit.models import Event, Finding
from audit.tags import Tag
from credentials.models import IssuedSession
from roles.models import PortalRoleMapping
from tests.audit.conftest import Taken, make_role

Browser = Callable[[SignIn], Client]
CLOSED = [
    "/audit/sessions/",
    "/audit/sessions/5f0c7e0e-0000-4000-8000-000000000000/",
    "/audit/events/",
    "/audit/sessions.csv",
    "/audit/sessions.jsonl",
    "/audit/events.csv",
    "/audit/events.jsonl",
]
DAY = timedelta(days=1)


@pytest.fixture
def auditor(audrey: SignIn, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    return browser(audrey)


@pytest.fixture
def administrator(bob: SignIn, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal="user:bob@example.com", portal_role="administrator")
    return browser(bob)


def listed(client: Client, address: str) -> list[object]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["page"]]


@pytest.mark.parametrize("address", CLOSED)
def test_for_people_without_a_portal_role_there_is_nothing(alice: SignIn, browser: Browser, address: str) -> None:
    assert browser(alice).get(address).status_code == 404
    assert not Event.objects.filter(tag=Tag.LEDGER_EXPORT).exists()


@pytest.mark.parametrize("address", ["/activity/", *CLOSED])
def test_strangers_are_asked_to_sign_in(db: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("address", ["/activity/", "/audit/sessions/", "/audit/events/", "/audit/sessions.csv"])
def test_nothing_is_changed_by_these_pages_and_nobody_keeps_them(auditor: Client, address: str) -> None:
    assert auditor.post(address).status_code == 405
    assert auditor.get(address)["Cache-Control"] == "no-store"


def test_my_activity_is_mine_alone(taken: Taken, alice: SignIn, bob: SignIn, browser: Browser) -> None:
    live, past = taken(alice), taken(alice, ago=DAY)
    taken(bob), taken(bob, ago=DAY)
    answer = browser(alice).get("/activity/")
    assert ([row.pk for row in answer.context["live"]], [row.pk for row in answer.context["past"]]) == (
        [live.pk],
        [past.pk],
    )
    assert "bob@example.com" not in answer.content.decode()


def test_what_was_taken_back_is_past_though_its_time_is_not(taken: Taken, alice: SignIn, browser: Browser) -> None:
    live, revoked = taken(alice), taken(alice, state=IssuedSession.State.REVOKED)
    answer = browser(alice).get("/activity/")
    assert [[row.pk for row in answer.context[name]] for name in ("live", "past")] == [[live.pk], [revoked.pk]]


def test_an_auditor_sees_everybodys_sessions_latest_first(
    taken: Taken, alice: SignIn, bob: SignIn, auditor: Client
) -> None:
    made = [taken(alice, ago=2 * DAY), taken(bob, ago=DAY), taken(alice)]
    assert listed(auditor, "/audit/sessions/") == [session.pk for session in reversed(made)]


@pytest.fixture
def three(taken: Taken, alice: SignIn, bob: SignIn) -> list[IssuedSession]:
    other = make_role("Auditor", "444455556666")
    return [
        taken(alice, ago=10 * DAY, state="expired"),
        taken(bob, other, ago=5 * DAY, state="revoked"),
        taken(alice, access_key_id="ASIAEXAMPLE", session_name="alice-7f3k", reference="DP-7KQM-2XZB"),
    ]


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("person=ALICE", [2, 0]),
        ("person=nobody", []),
        ("role=auditor", [1]),
        ("role=444455556666", [1]),
        ("role=sandbox", [2, 1, 0]),
        ("state=revoked", [1]),
        ("reference=dp-7kqm-2xzb", [2]),
        ("reference=asiaexample", [2]),
        ("reference=alice-7f3k", [2]),
        ("reference=arn:aws:sts::111122223333:assumed-role/S3ReadOnly/alice-7f3k", [2]),
        ("reference=AROAEXAMPLE:alice-7f3k", [2]),
        ("reference=alice", []),
        ("person=alice&state=expired", [0]),
        ("state=nonsense", []),
        ("since=yesterday", []),
        ("until=9999-12-31", []),
        ("role=' OR 1=1 --", []),
    ],
)
def test_sessions_are_filtered(three: list[IssuedSession], auditor: Client, question: str, places: list[int]) -> None:
    assert listed(auditor, f"/audit/sessions/?{question}") == [three[place].pk for place in places]


def test_a_session_is_found_by_the_id_that_an_export_holds(three: list[IssuedSession], auditor: Client) -> None:
    for text in (str(three[1].pk), str(three[1].pk).upper()):
        assert listed(auditor, f"/audit/sessions/?reference={text}") == [three[1].pk]


@pytest.mark.parametrize("called", ["facebook:102", "Facebook:102", "102"])
def test_somebody_without_name_and_address_is_found_by_identity(
    three: list[IssuedSession], auditor: Client, bob: SignIn, alice: SignIn, called: str
) -> None:
    User.objects.filter(pk=bob.user_id).update(email="", name="", username="facebook:102")
    User.objects.filter(pk=alice.user_id).update(username="facebook:2102")
    assert listed(auditor, f"/audit/sessions/?person={called}") == [three[1].pk]


def test_days_are_whole_and_in_utc(three: list[IssuedSession], auditor: Client) -> None:
    day = f"{three[1].created_at:%Y-%m-%d}"
    assert listed(auditor, f"/audit/sessions/?since={day}&until={day}") == [three[1].pk]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("tag=credentials:session:issue", 3),
        ("person=bob", 2),
        ("person=bob&tag=credentials:session:issue", 1),
        ("reference=DP-7KQM-2XZB", 2),
        ("reference=alice-7f3k", 2),
        ("reference=arn:aws:sts::111122223333:assumed-role/S3ReadOnly/alice-7f3k", 2),
        ("until=2001-01-01", 0),
        ("tag=nonsense", 0),
    ],
)
def test_events_are_filtered(three: list[IssuedSession], auditor: Client, question: str, count: int) -> None:
    assert len(listed(auditor, f"/audit/events/?{question}")) == count


@pytest.mark.parametrize(("until", "places"), [("", [1, 0]), ("&until=2099-12-31", [0, 1])])
def test_up_to_a_day_the_latest_by_the_clock_comes_first(auditor: Client, until: str, places: list[int]) -> None:
    """Two that happen at once may be written in either order."""
    now = timezone.now()
    at_once = [Event(tag=Tag.SIGN_IN_START, actor_name="x", occurred_at=now - before) for before in (DAY, 2 * DAY)]
    keys = [event.pk for event in Event.objects.bulk_create(at_once)]
    assert listed(auditor, f"/audit/events/?tag={Tag.SIGN_IN_START}{until}") == [keys[place] for place in places]


def test_somebody_without_an_address_is_found_by_what_the_ledger_calls_them(
    taken: Taken, alice: SignIn, bob: SignIn, auditor: Client
) -> None:
    for sign_in, username in ((alice, "partner:42"), (bob, "adfs:42")):
        User.objects.filter(pk=sign_in.user_id).update(email="", name="Alex (Ops) Example", username=username)
        sign_in.user.refresh_from_db()
    session, _ = taken(alice), taken(bob)
    assert alice.user.label == "Alex (Ops) Example (partner:42)"
    assert listed(auditor, f"/audit/sessions/?person={alice.user.label}") == [session.pk]


def test_the_events_of_a_stranger_are_found_by_what_they_called_themselves(auditor: Client) -> None:
    Event.objects.create(tag=Tag.SIGN_IN_REFUSE, actor_name="mallory@evil.example")
    assert len(listed(auditor, "/audit/events/?person=mallory@evil.example")) == 1


@pytest.mark.parametrize(("number", "first"), [("1", 119), ("2", 69), ("3", 19), ("99", 19), ("x", 119), ("-1", 19)])
def test_lists_are_paged(auditor: Client, number: str, first: int) -> None:
    made = Event.objects.bulk_create([Event(tag=Tag.SIGN_IN_START, actor_name=str(place)) for place in range(120)])
    assert listed(auditor, f"/audit/events/?tag={Tag.SIGN_IN_START}&page={number}")[0] == made[first].pk


def test_a_list_costs_the_same_for_three_sessions_as_for_one(
    taken: Taken, alice: SignIn, auditor: Client, django_assert_num_queries: Callable[[int], object]
) -> None:
    auditor.get("/audit/sessions/")
    for count in (1, 3):
        for _ in range(count):
            taken(alice)
        with django_assert_num_queries(QUERIES):  # type: ignore[attr-defined]  # a context manager
            auditor.get("/audit/sessions/")


QUERIES = 8  # browser session, sign-in, portal roles; count, page; people, roles, AWS accounts


def test_a_session_is_shown_with_its_ledger_and_findings(taken: Taken, alice: SignIn, auditor: Client) -> None:
    session, other = taken(alice), taken(alice)
    for found in (session, other):
        Finding.objects.create(session_id=found.pk, kind="new_network", text=f"about {found.pk}")
    answer = auditor.get(f"/audit/sessions/{session.pk}/")
    assert [event.tag for event in answer.context["events"]] == [Tag.SESSION_REQUEST, Tag.SESSION_ISSUE]
    assert [finding.text for finding in answer.context["findings"]] == [f"about {session.pk}"]


def test_only_administrators_get_the_diagnosis(
    taken: Taken, alice: SignIn, auditor: Client, administrator: Client
) -> None:
    session = taken(alice, state="failed", error_code="AccessDenied", error_message="not authorized")
    shown = [who.get(f"/audit/sessions/{session.pk}/").context["diagnosis"] for who in (auditor, administrator)]
    assert (shown[0], shown[1] is not None) == (None, True)
