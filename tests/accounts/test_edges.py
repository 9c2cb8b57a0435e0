"""Each number of this room that no other test pins, at its edge: what still fits, and what is one too many."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import key_check, tasks
from accounts.break_glass import BreakGlassForm
from accounts.custody import Custody, Unsealable, new_key
from accounts.limits import counted
from accounts.models import KeyCheck, SignIn
from accounts.navigation import safe_next
from accounts.pauses import length
from accounts.refusals import TEXTS, Reason
from accounts.renewal import lease, read
from accounts.reuse import TOLD, note_reuse
from accounts.stale import end_stale_sign_ins
from accounts.tokens import Need
from audit.models import Event
from audit.record import DAYPASS
from tests.conftest import Browser, Signed

NOW, TICK = datetime(2031, 1, 31, 18, tzinfo=UTC), timedelta(microseconds=1)


@pytest.mark.parametrize(("seconds", "is_free"), [(59, False), (60, True)])
def test_a_renewal_that_died_holds_others_up_for_a_minute(
    alice: SignIn, bob: SignIn, monkeypatch: pytest.MonkeyPatch, seconds: int, *, is_free: bool
) -> None:
    """The lease that is given back late is another's by then, and stays; nobody else's is touched."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    SignIn.objects.filter(pk=bob.pk).update(refresh_leased_until=NOW)
    with lease(alice) as first:
        monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(seconds=seconds))
        with lease(alice) as second:
            assert (first, second) == (True, is_free)
        until = None if is_free else NOW + timedelta(seconds=60)
        assert SignIn.objects.get(pk=alice.pk).refresh_leased_until == until
    assert dict(SignIn.objects.values_list("pk", "refresh_leased_until")) == {alice.pk: None, bob.pk: NOW}


def test_an_ended_sign_in_is_leased_to_nobody(alice: SignIn) -> None:
    SignIn.objects.update(ended_at=NOW)
    with lease(alice) as taken:
        assert not taken


@pytest.mark.parametrize(("left", "lasts", "is_usable"), [(60, False, False), (61, False, True), (300, False, True)])
def test_a_token_lasts_to_the_second(
    alice: SignIn, monkeypatch: pytest.MonkeyPatch, left: int, *, lasts: bool, is_usable: bool
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    until = NOW + timedelta(seconds=left)
    SignIn.objects.update(web_identity_token="t1.x", web_identity_token_expires_at=until)
    assert (Need().is_met(read(alice)), Need().can_do_with(read(alice))) == (lasts, is_usable)
    SignIn.objects.update(web_identity_token_expires_at=NOW + timedelta(seconds=301))
    assert Need().is_met(read(alice))
    for missing in ({"web_identity_token": ""}, {"web_identity_token_expires_at": None}):
        SignIn.objects.update(**{"web_identity_token": "t1.x", **missing})
        assert not Need().can_do_with(read(alice))


def test_five_hundred_sign_ins_end_at_once(alice: SignIn) -> None:
    SignIn.objects.update(expires_at=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        assert end_stale_sign_ins() == 1
    assert asked[0]["sql"].endswith(" LIMIT 500")


def test_fifty_sign_ins_are_listed(alice: SignIn, browser: Browser) -> None:
    values: dict[str, Any] = {"user": alice.user, "authenticated_at": NOW, "expires_at": NOW, "ended_at": NOW}
    SignIn.objects.bulk_create(SignIn(**values, provider="google") for _ in range(50))
    assert len(browser(alice).get("/sign-ins/").context["sign_ins"]) == 50


@pytest.mark.parametrize(("later", "told"), [(49, " (from google)"), (50, "")])
def test_the_groups_detail_is_looked_for_in_fifty_events(alice: SignIn, bob: SignIn, later: int, told: str) -> None:
    about = {"tag": "accounts:sign_in:refresh", "actor_name": "Daypass", "subject": "sign_in"}
    said = {"groups_problem": "unavailable", "groups_detail": "from google"}
    Event.objects.create(**about, subject_id=str(alice.pk), details=said)
    Event.objects.bulk_create(Event(**about, subject_id=str(alice.pk), details={}) for _ in range(later))
    Event.objects.create(**about, subject_id=str(bob.pk), details={**said, "groups_detail": "Bob's"})
    alice.groups_problem = "unavailable"
    shown = admin.site._registry[SignIn].their_groups(alice)  # type: ignore[attr-defined]  # of this room's own
    assert shown.startswith(f"unavailable{told}. ")


@pytest.mark.parametrize(("name", "most"), [("username", 100), ("password", 1000)])
def test_the_break_glass_form_is_as_long_as_its_fields(name: str, most: int) -> None:
    typed = {"username": "administrator", "password": "word"}
    taken = [BreakGlassForm({**typed, name: "x" * length}).is_valid() for length in (most, most + 1)]
    assert taken == [True, False]


def test_a_key_has_an_id_of_four_random_bytes_and_thirty_two_of_its_own() -> None:
    name, _, key = new_key().partition(":")
    assert (re.fullmatch("k[0-9a-f]{8}", name) is not None, len(base64.b64decode(key))) == (True, 32)


def test_a_sealed_text_has_a_nonce_of_ninety_six_bits_and_an_error_quotes_no_more_than_its_key() -> None:
    custody = Custody.from_settings()
    sealed = base64.b64decode(custody.seal("token", context="x").partition(".")[2])
    assert len(sealed) == 12 + len("token") + 16
    with pytest.raises(Unsealable, match=r"^cannot open what key 'kkkkkkkkkkkkkkkk' sealed$"):
        custody.open(f"{'k' * 17}.AAAA", context="x")


def test_the_way_back_has_two_thousand_characters() -> None:
    address = "/" + "a" * 1999
    assert (safe_next(address), safe_next(f"{address}a")) == (address, "")


def test_a_pause_is_two_minutes_however_often_it_failed() -> None:
    assert [length(failures).total_seconds() for failures in (1, 4, 10**6)] == [15, 120, 120]


STATUSES = {Reason.UNAVAILABLE: 503, Reason.ANSWER: 503, Reason.DISCOVERY: 503, Reason.LINK_MEANWHILE: 409}


def test_a_refusal_is_forbidden_unless_it_passes(settings: Settings) -> None:
    told = {reason: text.status for reason, text in TEXTS.items() if text.status != 403}
    assert told == {**STATUSES, Reason.TOO_LARGE: 413}


@pytest.mark.parametrize(("before", "told"), [(19, 1), (20, 0)])
def test_of_twenty_addresses_that_changed_hands_a_day_somebody_is_told(
    signed_in: Signed, before: int, told: int
) -> None:
    old, new = signed_in("alice"), signed_in("alice", provider="google")
    SignIn.objects.filter(pk=old.pk).update(subject="before")
    for _ in range(before):
        counted(TOLD, "google")
    with transaction.atomic():
        note_reuse(new, DAYPASS)
    assert Event.objects.filter(tag="accounts:identity:reuse").count() == told


LIMITS = {  # soft and hard, in seconds: each ends before it is due again
    "accounts.end_stale": (50, 55),
    "accounts.confirm_due": (25, 30),
    "accounts.confirm": (55, 60),
    "accounts.check_providers": (25, 30),
    "accounts.check_provider": (55, 60),
}


def test_every_task_has_its_time_and_what_waits_longer_is_found_again() -> None:
    found = {name: task for name, task in current_app.tasks.items() if name.startswith("accounts.")}
    assert {name: (task.soft_time_limit, task.time_limit) for name, task in found.items()} == LIMITS
    assert tasks.EXPIRES == 60


def test_keys_are_let_go_only_with_the_newest_ones_mark_in_their_place(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DAYPASS_ENCRYPTION_KEYS = f"{new_key()},{settings.DAYPASS_ENCRYPTION_KEYS}"
    before = list(KeyCheck.objects.values())

    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(key_check, "note", fail)
    with pytest.raises(RuntimeError):
        key_check.start_anew()
    assert list(KeyCheck.objects.values()) == before
