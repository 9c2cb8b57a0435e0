"""Celery looks at each provider every ten minutes, keeps what it found for all, and warns once a day of what lasts."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.health.check import ask_for, check, due, renewals
from accounts.health.models import ProviderCheck
from accounts.health.result import Result
from accounts.models import RateCount, SignIn
from accounts.tasks import check_provider
from audit.models import Event, Job
from audit.record import DAYPASS, record
from audit.runner import run
from audit.tags import Tag
from demo.idp.testing import LocalIdps

pytestmark = pytest.mark.django_db
DOWN: dict[str, Any] = {"discovery": {"status": 503}, "times": 9}


def look(slug: str = "adfs") -> ProviderCheck:
    """Look now, as if ten minutes had passed."""
    ProviderCheck.objects.filter(provider=slug).update(due_at=timezone.now())
    assert check(slug) is True
    return ProviderCheck.objects.get(provider=slug)


def failed_for(minutes: int) -> None:
    ProviderCheck.objects.update(failing_since=F("failing_since") - timedelta(minutes=minutes))


def warned() -> list[str]:
    return [event.details["code"] for event in Event.objects.filter(tag="accounts:provider:warn").order_by("pk")]


def test_each_configured_provider_is_due_until_it_was_looked_at(idps: LocalIdps) -> None:
    assert due(timezone.now()) == ["google", "adfs"]
    check("google")
    assert due(timezone.now()) == ["adfs"]
    assert due(timezone.now() + timedelta(minutes=11)) == ["google", "adfs"]


def test_two_at_once_look_once(idps: LocalIdps) -> None:
    assert [check("adfs"), check("adfs")] == [True, False]
    assert len(idps.adfs.calls("/discovery/keys")) == 1


def test_one_that_is_not_configured_is_not_looked_at(idps: LocalIdps) -> None:
    assert (check("gone"), ProviderCheck.objects.count()) == (False, 0)


def test_somebody_who_asks_is_served_next(idps: LocalIdps) -> None:
    look()
    ask_for("adfs")
    row = ProviderCheck.objects.get()
    assert (row.is_being_checked, due(timezone.now())) == (True, ["google", "adfs"])
    check_provider("adfs")
    row.refresh_from_db()
    assert (row.is_being_checked, row.failing_since) == (False, None)


def test_a_look_that_never_comes_back_is_not_waited_for_for_ever(idps: LocalIdps) -> None:
    ask_for("adfs")
    ProviderCheck.objects.update(asked_at=timezone.now() - timedelta(seconds=61))
    assert ProviderCheck.objects.get().is_being_checked is False


def test_while_it_fails_it_stays_known_when_it_was_good_last(idps: LocalIdps) -> None:
    good = Result.from_json(look().result).documents[0].good_at
    idps.adfs.fault(**DOWN)
    first = look()
    second = look()
    document = Result.from_json(second.result).documents[0]
    assert (document.good_at, document.problem) == (good, "provider_unavailable: answered 503")
    assert (second.failing_since, second.failing_since is not None) == (first.failing_since, True)


def test_a_hiccup_warns_nobody_and_what_lasts_warns_once_a_day(idps: LocalIdps) -> None:
    idps.adfs.fault(**DOWN)
    look()
    assert warned() == []
    failed_for(16)
    look()
    look()
    assert warned() == ["failing"]
    RateCount.objects.update(ends_at=0)  # a day later
    look()
    assert warned() == ["failing", "failing"]


def test_when_it_is_well_again_nothing_is_left_of_it(idps: LocalIdps) -> None:
    idps.adfs.fault(discovery={"status": 503})
    look()
    row = look()
    assert (row.failing_since, Result.from_json(row.result).problem) == (None, "")


def test_a_warning_is_a_finding_and_a_mail(idps: LocalIdps, settings: Settings) -> None:
    settings.DAYPASS_ALERT_EMAIL = ["admin@example.com"]
    idps.adfs.fault(**DOWN)
    look()
    failed_for(16)
    look()
    for name in ("flag_event", "tell_mail"):
        assert run(Job.objects.get(task=name).pk, 0) is True
    event = Event.objects.get(tag="accounts:provider:warn")
    [message] = mail.outbox
    assert "identity provider needs attention" in message.subject
    assert "AD FS: Discovery: provider_unavailable: answered 503." in message.body
    assert event.reference in message.body


def test_renewals_of_a_day_are_counted_by_outcome(alice: SignIn) -> None:
    for provider, outcome in (("adfs", "renewed"), ("adfs", "refused"), ("adfs", "refused"), ("google", "refused")):
        record(Tag.SIGN_IN_REFRESH, actor=DAYPASS, provider=provider, outcome=outcome)
    now = timezone.now()
    assert renewals("adfs", now) == {"renewed": 1, "refused": 2}
    assert renewals("adfs", now + timedelta(days=2)) == {"renewed": 0, "refused": 0}
