"""Whoever lacks roles because their groups are not known is told so, and administrators what to change."""

import pytest
from django.urls import reverse
from pytest_django import Settings

from accounts.group_problems import PASSING, TEXTS, Problem, told
from accounts.models import SignIn
from audit.record import DAYPASS, record
from audit.tags import Tag
from tests.conftest import Browser, Signed

MISSING = "did not tell your groups, so roles that you have by a group are missing."


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_has_a_sentence_a_remedy_and_a_fix(problem: Problem) -> None:
    text = told(problem, "Example")
    assert text is not None
    assert [part for part in (text.sentence, text.remedy, text.fix) if not part.endswith(".") or "{" in part] == []
    assert problem in TEXTS


def test_no_problem_is_told_as_none_and_an_unknown_one_as_one() -> None:
    assert told("", "Google") is None
    assert getattr(told("of-a-later-version", "Google"), "sentence", "") == f"Google {MISSING}"


def test_waiting_helps_against_what_passes_alone() -> None:
    assert PASSING == [Problem.UNAVAILABLE, Problem.RATE_LIMITED]


@pytest.mark.parametrize("address", ["/", "/sign-ins/"])
def test_the_person_is_told_on_their_pages(alice: SignIn, browser: Browser, address: str) -> None:
    client = browser(alice)
    assert MISSING not in client.get(address).content.decode()
    SignIn.objects.update(groups_problem="unavailable")
    page = client.get(address).content.decode()
    assert (MISSING in page, 'href="/sign-in/?again=1"' in page) == (True, True)
    SignIn.objects.update(groups_problem="overage")
    page = client.get(address).content.decode()
    assert ("you are in too many" in page, "again=1" in page, "Entra" in page) == (True, False, False)


def test_the_other_sign_ins_of_the_list_are_marked(signed_in: Signed, browser: Browser) -> None:
    here, there = signed_in("alice"), signed_in("alice")
    SignIn.objects.filter(pk=there.pk).update(groups_problem="malformed")
    page = browser(here).get("/sign-ins/").content.decode()
    assert (page.count("Groups missing"), "makes no sense" in page) == (1, False)


def test_an_administrator_reads_the_exact_reason(signed_in: Signed, browser: Browser, settings: Settings) -> None:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    alice, erin = signed_in("alice"), browser(signed_in("erin"))
    address = reverse("admin:accounts_signin_change", args=[alice.pk])
    assert "Read. Of a person" in erin.get(address).content.decode()
    SignIn.objects.filter(pk=alice.pk).update(groups_problem="not_authorised")
    details = {"groups_problem": "not_authorised", "groups_detail": "403 PERMISSION_DENIED"}
    record(Tag.SIGN_IN_START, actor=DAYPASS, subject="sign_in", subject_id=alice.pk, **details)
    assert "not_authorised (403 PERMISSION_DENIED). The service account" in erin.get(address).content.decode()
    page = erin.get(reverse("admin:accounts_user_roles", args=[alice.user_id])).content.decode()
    assert ("Groups are missing" in page, "Groups Reader" in page) == (True, True)
