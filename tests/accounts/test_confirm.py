"""Celery asks the providers in good time, against real providers: who left is out, who lost a group has lost it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.confirm import confirm, due
from accounts.freshness import CONFIRMED_AT, ask_at, with_confirmed
from accounts.models import RefreshPause, SignIn
from accounts.sessions import end_sign_in
from audit.models import Event
from demo.idp.testing import LocalIdp, LocalIdps
from roles.portal_roles import portal_roles_for
from tests.accounts.conftest import SignInAs, forget
from tests.accounts.test_middleware import aged
from tests.accounts.test_tokens import refreshes
from tests.conftest import Signed

pytestmark = pytest.mark.django_db
SOON, LATE = timedelta(minutes=44), timedelta(minutes=53)  # before anybody is asked about, and after all are


def near_limit(sign_in: SignIn) -> SignIn:
    """Let its hour be nearly over."""
    aged(sign_in, started_at=LATE)
    SignIn.objects.filter(pk=sign_in.pk).update(refreshed_at=None)
    sign_in.refresh_from_db()
    return sign_in


def test_nobody_is_asked_about_too_early(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    aged(sign_in, started_at=SOON)
    assert due(timezone.now()) == []
    confirm(sign_in.pk)
    assert refreshes(idp) == 0


def test_a_person_who_is_still_there_goes_on_for_another_hour(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    assert due(timezone.now()) == [sign_in.pk]
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert sign_in.refreshed_at
    assert timezone.now() - sign_in.refreshed_at < timedelta(seconds=30)
    assert (due(timezone.now()), sign_in.refresh_leased_until, refreshes(idp)) == ([], None, 1)


def test_groups_that_could_not_be_had_are_asked_for_again_soon(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = real_sign_in(idp.slug)
    aged(sign_in, started_at=timedelta(minutes=12))
    SignIn.objects.update(refreshed_at=None, groups_problem="not_authorised")
    assert due(timezone.now()) == []
    SignIn.objects.update(groups_problem="unavailable")
    assert due(timezone.now()) == [sign_in.pk]
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert (sign_in.groups_problem, due(timezone.now()), refreshes(idp)) == ("", [], 1)


def test_a_person_who_was_disabled_is_out_at_once(idps: LocalIdps, idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    idps.person("alice", disabled=True)
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, sign_in.refresh_token, sign_in.web_identity_token) == ("provider", "", "")
    assert Event.objects.get(tag="accounts:sign_in:end").details["reason"] == "provider"


def test_a_person_who_lost_their_groups_has_lost_the_rights(
    idps: LocalIdps, real_sign_in: SignInAs, settings: Settings
) -> None:
    settings.DAYPASS_ADMINISTRATORS = ["group:adfs:Daypass-Admins"]
    sign_in = near_limit(real_sign_in("adfs", "erin"))
    assert portal_roles_for(sign_in) == {"administrator"}
    idps.person("erin", groups=[])
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert sign_in.principals == ["domain:example.com", f"subject:adfs:{sign_in.subject}", "user:erin@example.com"]
    assert (portal_roles_for(sign_in), sign_in.ended_at) == (frozenset(), None)


@pytest.mark.parametrize("fault", ["token-500", "token-invalid-client", "token-html", "discovery-down"])
def test_a_provider_in_trouble_is_left_alone_for_a_while(idp: LocalIdp, real_sign_in: SignInAs, fault: str) -> None:
    first, second = near_limit(real_sign_in(idp.slug)), near_limit(real_sign_in(idp.slug, "bob"))
    forget()
    idp.fault(fault, times=9)
    confirm(first.pk)
    assert set(RefreshPause.objects.values_list("key", flat=True)) == {idp.slug, str(first.pk)}
    asked = len(idp.calls())
    confirm(second.pk)
    assert (due(timezone.now()), len(idp.calls())) == ([], asked)
    assert SignIn.objects.filter(ended_at=None).count() == 2


def test_one_sign_in_that_fails_again_and_again_blames_its_provider_once(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    """The provider may fail for that person alone: it must not cost all others their hour."""
    first, second = near_limit(real_sign_in(idp.slug)), near_limit(real_sign_in(idp.slug, "bob"))
    idp.fault("token-500", times=2)
    for _ in range(2):
        RefreshPause.objects.update(until=timezone.now() - timedelta(seconds=1))
        confirm(first.pk)
    failures = dict(RefreshPause.objects.values_list("key", "failures"))
    assert failures == {str(first.pk): 2, idp.slug: 1}
    RefreshPause.objects.filter(key=idp.slug).update(until=timezone.now())
    assert due(timezone.now()) == [second.pk]


def test_a_provider_that_is_back_is_asked_about_everybody(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    for person in ("alice", "bob", "charlie", "audrey", "erin"):
        near_limit(real_sign_in(idp.slug, person))
    RefreshPause.objects.create(key=idp.slug, failures=3, until=timezone.now() - timedelta(seconds=1))
    probes = due(timezone.now())
    assert len(probes) == 3
    confirm(probes[0])
    assert len(due(timezone.now())) == 4


def test_only_those_of_the_provider_in_trouble_wait_for_the_few(idps: LocalIdps, signed_in: Signed) -> None:
    people = {slug: [signed_in(f"{slug}{number}", provider=slug) for number in range(4)] for slug in ("google", "adfs")}
    SignIn.objects.update(refresh_token="t1.x")
    for sign_in in (*people["google"], *people["adfs"]):
        near_limit(sign_in)
    RefreshPause.objects.create(key="adfs", failures=3, until=timezone.now() - timedelta(seconds=1))
    found = SignIn.objects.filter(pk__in=due(timezone.now()))
    assert [found.filter(provider=slug).count() for slug in ("google", "adfs")] == [4, 3]


def test_the_moment_to_ask_is_one_to_ask_at(idps: LocalIdps, signed_in: Signed) -> None:
    sign_in = signed_in("alice")
    SignIn.objects.update(refresh_token="t1.x")
    (confirmed_at,) = with_confirmed(SignIn.objects.all()).values_list(CONFIRMED_AT, flat=True)
    at = ask_at(sign_in.pk, confirmed_at, "")
    assert (due(at), due(at - timedelta(microseconds=1))) == ([sign_in.pk], [])


@pytest.mark.parametrize("fault", ["foreign-key", "wrong-aud", "expired", "sub-long"])
def test_an_answer_that_makes_no_sense_for_one_person_delays_nobody_else(
    idp: LocalIdp, real_sign_in: SignInAs, fault: str
) -> None:
    first, second = near_limit(real_sign_in(idp.slug)), near_limit(real_sign_in(idp.slug, "bob"))
    idp.fault(fault)
    confirm(first.pk)
    assert RefreshPause.objects.get().key == str(first.pk)
    assert due(timezone.now()) == [second.pk]
    assert SignIn.objects.filter(ended_at=None).count() == 2


@pytest.mark.parametrize("claims", [{"exp": 10**400}, {"iat": -(10**400)}, {"nbf": -(10**400)}])
def test_a_time_that_no_clock_shows_is_an_answer_that_makes_no_sense(
    idp: LocalIdp, real_sign_in: SignInAs, claims: dict[str, int]
) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    idp.fault(claims={"set": claims})
    confirm(sign_in.pk)
    assert RefreshPause.objects.get().key == str(sign_in.pk)
    assert Event.objects.get(tag="accounts:sign_in:refresh").details["reason"] == "claim"


def test_what_is_over_is_ended_and_never_asked_about(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    """A refresh would revive what the limit has ended already."""
    sign_in = real_sign_in(idp.slug)
    aged(sign_in, started_at=timedelta(hours=1))
    assert due(timezone.now()) == []
    confirm(sign_in.pk)
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, refreshes(idp)) == ("unconfirmed", 0)


def test_an_ended_sign_in_and_one_that_never_was_are_left_alone(idp: LocalIdp, real_sign_in: SignInAs) -> None:
    sign_in = near_limit(real_sign_in(idp.slug))
    end_sign_in(sign_in=sign_in, reason=SignIn.Ended.BY_PERSON)
    confirm(sign_in.pk)
    confirm(uuid4())
    sign_in.refresh_from_db()
    assert (sign_in.end_reason, due(timezone.now()), refreshes(idp)) == ("by_person", [], 0)


def test_only_what_can_be_refreshed_is_due(idps: LocalIdps, signed_in: Signed, settings: Settings) -> None:
    without, foreign, asked = signed_in("alice"), signed_in("bob", provider="saml"), signed_in("charlie")
    SignIn.objects.exclude(pk=without.pk).update(refresh_token="t1.x")
    for sign_in in (without, foreign, asked):
        near_limit(sign_in)
    assert due(timezone.now()) == [asked.pk]
    settings.DAYPASS_PROVIDERS = ""
    assert due(timezone.now()) == []


def test_a_thousand_who_are_due_cost_two_queries_and_are_asked_about_by_and_by(
    idps: LocalIdps, signed_in: Signed, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now, one = timezone.now(), signed_in("alice")
    SignIn.objects.all().delete()
    rows = [SignIn(user=one.user, provider="google", authenticated_at=now, expires_at=now) for _ in range(1000)]
    for row in rows:
        row.started_at, row.refresh_token = now, "t1.x"
    SignIn.objects.bulk_create(rows)
    with django_assert_num_queries(2):
        at_half_time = due(now + timedelta(minutes=46))
    assert 50 < len(at_half_time) < 250  # of 1000, 133 a minute
    assert len(due(now + LATE)) == 300
