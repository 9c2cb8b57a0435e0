from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import SignIn, User
from audit.models import Event
from audit.tags import Tag
from tests.conftest import Browser

PAGE = "/sign-ins/"


def is_turned_away(client: Client) -> bool:
    response = client.get(PAGE)
    return (response.status_code, response.headers.get("Location")) == (302, "/sign-in/?next=%2Fsign-ins%2F")


def aged(sign_in: SignIn, **ages: timedelta) -> None:
    SignIn.objects.filter(pk=sign_in.pk).update(**{name: timezone.now() - age for name, age in ages.items()})


def test_a_stranger_is_turned_away(db: None) -> None:
    assert is_turned_away(Client())


@pytest.mark.parametrize("content", [{}, {"sign_in": ""}, {"sign_in": "not-a-uuid"}, {"sign_in": 7}, {"sign_in": None}])
def test_a_session_that_names_no_sign_in_is_nobodys(alice: SignIn, content: dict[str, object]) -> None:
    client = Client()
    client.force_login(alice.user, backend="accounts.backends.BreakGlassBackend")
    session = client.session
    session.update(content)
    session.save()
    assert is_turned_away(client)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("reason", list(SignIn.Ended))
def test_an_ended_sign_in_is_worth_nothing(alice: SignIn, browser: Browser, reason: SignIn.Ended) -> None:
    client = browser(alice)
    SignIn.objects.filter(pk=alice.pk).update(ended_at=timezone.now(), end_reason=reason)
    assert is_turned_away(client)


def test_a_person_who_may_not_sign_in_is_out_at_once(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    assert client.get(PAGE).status_code == 200
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    assert is_turned_away(client)
    alice.refresh_from_db()
    assert alice.end_reason == SignIn.Ended.BY_ADMINISTRATOR


def test_an_idle_sign_in_ends(alice: SignIn, browser: Browser, settings: Settings) -> None:
    settings.DAYPASS_SESSION_IDLE = 600
    client = browser(alice)
    aged(alice, last_seen_at=timedelta(seconds=599))
    assert client.get(PAGE).status_code == 200
    aged(alice, last_seen_at=timedelta(seconds=600))
    assert is_turned_away(client)
    alice.refresh_from_db()
    assert alice.end_reason == SignIn.Ended.IDLE


def test_a_sign_in_ends_at_its_longest_duration_however_busy(alice: SignIn, browser: Browser) -> None:
    client = browser(alice)
    aged(alice, expires_at=timedelta(seconds=1))
    assert is_turned_away(client)
    alice.refresh_from_db()
    assert alice.end_reason == SignIn.Ended.TOO_OLD


def test_the_end_is_one_ledger_event_however_often_it_is_met(alice: SignIn, browser: Browser) -> None:
    one, two = browser(alice), browser(alice)
    aged(alice, expires_at=timedelta(seconds=1))
    assert is_turned_away(one)
    assert is_turned_away(two)
    event = Event.objects.get(tag=Tag.SIGN_IN_END)
    assert (event.actor_name, event.details["reason"], event.subject_id) == ("Daypass", "too_old", str(alice.pk))


@pytest.mark.parametrize(
    ("age", "notice"),
    [
        ({"expires_at": timedelta(1)}, "Your sign-in reached its longest duration."),
        ({"started_at": timedelta(1)}, "google has not confirmed your sign-in for 60 minutes."),
        ({}, "An administrator ended your sign-in."),
    ],
)
def test_the_sign_in_page_says_what_happened(
    alice: SignIn, browser: Browser, age: dict[str, timedelta], notice: str
) -> None:
    client = browser(alice)
    aged(alice, **age) if age else User.objects.update(is_active=False)
    client.get(PAGE)
    assert client.get("/sign-in/").context["notice"].title == notice
    assert client.get("/sign-in/").context["notice"] is None


def test_a_request_costs_two_queries(
    alice: SignIn, browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(alice)
    with django_assert_num_queries(2):
        assert client.get("/sign-in/").status_code == 302


def test_being_seen_is_written_once_a_minute(
    alice: SignIn, browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(alice)
    aged(alice, last_seen_at=timedelta(seconds=61))
    with django_assert_num_queries(3):
        client.get("/sign-in/")
    with django_assert_num_queries(2):
        client.get("/sign-in/")
    alice.refresh_from_db()
    assert timezone.now() - alice.last_seen_at < timedelta(seconds=10)


def test_a_form_comes_back_to_the_page_that_it_stood_on(db: None) -> None:
    answer = Client().post("/sign-ins/x/", headers={"Referer": "http://testserver/sign-ins/?page=2"})
    assert answer.status_code == 404
    path = "/sign-ins/00000000-0000-0000-0000-000000000000/end/"
    answer = Client().post(path, headers={"Referer": "http://testserver/sign-ins/?page=2"})
    assert answer.headers["Location"] == "/sign-in/?next=%2Fsign-ins%2F%3Fpage%3D2"


@pytest.mark.parametrize("referer", ["http://evil.example/sign-ins/", "http://[broken", ""])
def test_a_foreign_page_is_no_way_back(db: None, referer: str) -> None:
    path = "/sign-ins/00000000-0000-0000-0000-000000000000/end/"
    assert Client().post(path, headers={"Referer": referer}).headers["Location"] == "/sign-in/"


def test_htmx_is_told_to_leave_the_page(db: None) -> None:
    page = "http://testserver/sign-ins/"
    answer = Client().get("/sign-ins/?part", headers={"HX-Request": "true", "Referer": page})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/sign-in/?next=%2Fsign-ins%2F")
    assert answer.content == b""
