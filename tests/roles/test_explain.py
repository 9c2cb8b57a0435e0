from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from roles.explain import CASE, Standing, explain, who_can_take
from roles.models import Role, RoleMapping
from tests.conftest import Browser, Clock, MakeRole, Signed

ALICE = "user:alice@example.com"


def steps(sign_in: SignIn, role: Role) -> list[tuple[bool | None, str]]:
    return [(step.holds, step.text) for step in explain(user=sign_in.user, role=role).steps]


def test_no_mapping_fits(make_role: MakeRole, charlie: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE)
    assert explain(user=charlie.user, role=role).may is False
    assert steps(charlie, role) == [
        (False, "No mapping of the role (1 in all) names a principal that the sign-in carries.")
    ]


def test_a_group_that_differs_in_case_is_pointed_out(make_role: MakeRole, signed_in: Signed) -> None:
    role = make_role("S3ReadOnly", "group:adfs:aws-admins")
    bob = signed_in("bob", "group:adfs:AWS-Admins", provider="adfs")
    mapped, sent = "group:adfs:aws-admins", "group:adfs:AWS-Admins"
    said = f"The mapping {mapped} differs from the sign-in's {sent} only in case. {CASE}"
    assert steps(bob, role)[1] == (None, said)


def test_a_mapping_that_is_over_says_since_when(make_role: MakeRole, alice: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE)
    end = timezone.now() - timedelta(days=1)
    RoleMapping.objects.update(valid_until=end)
    assert explain(user=alice.user, role=role).may is False
    assert steps(alice, role) == [
        (False, f"The sign-in carries {ALICE}, and its mapping is over since {end:%d %B %Y, %H:%M} UTC.")
    ]


def test_a_role_that_is_off_and_a_person_who_is_off(make_role: MakeRole, alice: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE, enabled=False)
    alice.user.is_active = False
    alice.user.save()
    explanation = explain(user=alice.user, role=role)
    assert (explanation.may, [step.holds for step in explanation.steps[-3:]]) == (False, [False, False, True])


def test_why_somebody_may(make_role: MakeRole, alice: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE)
    assert explain(user=alice.user, role=role).may is True
    assert steps(alice, role) == [
        (True, f"The sign-in carries {ALICE}, and its mapping is in force."),
        (None, f"{ALICE} decides: up to 1 hour at a time."),
    ]


def test_the_live_sign_in_is_judged_before_a_later_one_that_ended(make_role: MakeRole, signed_in: Signed) -> None:
    role = make_role("S3ReadOnly", "group:adfs:Dev")
    live = signed_in("bob", "group:adfs:Dev", provider="adfs")
    ended = signed_in("bob", provider="adfs")
    SignIn.objects.filter(pk=ended.pk).update(ended_at=timezone.now())
    assert explain(user=live.user, role=role).sign_in == live
    SignIn.objects.filter(pk=live.pk).update(ended_at=timezone.now())
    later = explain(user=live.user, role=role)
    assert (later.sign_in, later.may) == (ended, False)


def test_a_person_is_judged_by_their_own_sign_in_alone(make_role: MakeRole, alice: SignIn, bob: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE)
    SignIn.objects.update(ended_at=timezone.now())
    assert [explain(user=who.user, role=role).sign_in for who in (alice, bob)] == [alice, bob]
    bob.delete()
    explanation = explain(user=bob.user, role=role)
    assert (explanation.sign_in, explanation.may) == (None, False)
    assert [(step.holds, step.text) for step in explanation.steps] == [(False, f"{bob.user} has never signed in.")]


@pytest.mark.parametrize(("left", "live"), [(timedelta(milliseconds=1), True), (timedelta(0), False)])
def test_what_a_person_may_take_is_judged_by_their_own_latest_sign_in(
    make_role: MakeRole, signed_in: Signed, browser: Browser, settings: Settings, clock: Clock,
    left: timedelta, live: object,
) -> None:  # fmt: skip
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    make_role("S3ReadOnly", ALICE)
    earlier, latest = signed_in("alice", "group:adfs:Old", provider="adfs"), signed_in("alice", provider="adfs")
    SignIn.objects.filter(pk=earlier.pk).update(started_at=clock.now - timedelta(hours=1))
    signed_in("bob")
    SignIn.objects.filter(pk=latest.pk).update(expires_at=clock.now + left)
    erin = browser(signed_in("erin"))
    shown = erin.get(reverse("admin:accounts_user_roles", args=[latest.user_id])).context
    assert (shown["judged"], shown["live"], shown["page"].total) == (latest, live, 1)
    SignIn.objects.filter(pk=latest.pk).update(ended_at=clock.now, expires_at=clock.now + timedelta(hours=1))
    ended = erin.get(reverse("admin:accounts_user_roles", args=[latest.user_id])).context
    assert (ended["judged"], ended["live"]) == (latest, False)


def test_who_can_take_names_people_and_mappings(make_role: MakeRole, signed_in: Signed) -> None:
    role = make_role("S3ReadOnly", ALICE, "group:adfs:Dev", "user:gone@example.com")
    RoleMapping.objects.filter(principal="user:gone@example.com").update(valid_from=timezone.now() + timedelta(days=1))
    for name in ("alice", "bob", "charlie", "gone"):
        signed_in(name, *(["group:adfs:Dev"] if name == "bob" else []))
    audience = who_can_take(role)
    assert [(h.user.email, h.principals) for h in audience.holders] == [
        ("alice@example.com", [ALICE]), ("bob@example.com", ["group:adfs:Dev"]),
    ]  # fmt: skip  # a list to compare with
    assert [(m.principal, now) for m, now in audience.mappings] == [
        ("group:adfs:Dev", Standing.IN_FORCE), (ALICE, Standing.IN_FORCE), ("user:gone@example.com", Standing.NOT_YET),
    ]  # fmt: skip  # a list to compare with
    assert (audience.holders_total, audience.mappings_total) == (2, 3)


def test_a_later_sign_in_without_the_group_counts(make_role: MakeRole, signed_in: Signed) -> None:
    role = make_role("S3ReadOnly", "group:adfs:Dev")
    signed_in("bob", "group:adfs:Dev", provider="adfs")
    signed_in("bob", provider="adfs")
    assert who_can_take(role).holders == []


def test_an_older_sign_in_by_another_provider_counts_as_well(signed_in: Signed, make_role: MakeRole) -> None:
    """One person with two identities: rights are those of each sign-in."""
    role = make_role("Operator", "group:adfs:AWS-Ops")
    older = signed_in("alice", "group:adfs:AWS-Ops", provider="adfs")
    newer = signed_in("alice")
    SignIn.objects.filter(pk=newer.pk).update(user=older.user)
    assert [(h.sign_in.pk, h.principals) for h in who_can_take(role).holders] == [(older.pk, ["group:adfs:AWS-Ops"])]


@pytest.mark.parametrize("people", [1, 30])
def test_as_many_queries_for_thirty_people_as_for_one(make_role: MakeRole, signed_in: Signed, people: int) -> None:
    role = make_role("S3ReadOnly", "domain:example.com")
    for number in range(people):
        signed_in(f"person{number}")
    with CaptureQueriesContext(connection) as captured:
        assert len([holder.user.label for holder in who_can_take(role).holders]) == people
    assert len(captured) == 4


def test_what_is_asked_on_taking_is_told_and_stands_against_nobody(make_role: MakeRole, alice: SignIn) -> None:
    role = make_role("S3ReadOnly", ALICE, step_up="second_factor", step_up_minutes=30)
    asked = "On taking, the role asks for a passkey or an authenticator code, used within the last 30 minutes; "
    assert explain(user=alice.user, role=role).may is True
    assert steps(alice, role)[-1] == (None, asked + "at this moment the sign-in has not got that.")
    alice.second_factor, alice.second_factor_at = SignIn.SecondFactor.TOTP, timezone.now()
    alice.save()
    assert steps(alice, role)[-1] == (None, asked + "at this moment the sign-in has got that.")
