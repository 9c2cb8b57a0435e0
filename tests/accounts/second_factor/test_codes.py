"""Codes of an app and of a sheet of paper: each once, not for ever, and not by guessing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from accounts.second_factor.codes import CodeRefused, use_recovery_code, use_totp
from accounts.second_factor.factors import codes_left
from accounts.second_factor.recovery import new_codes
from accounts.second_factor.tries import locked_until
from tests.accounts.second_factor.conftest import code_at, give_app, row, wrong
from tests.conftest import Signed

Type = Authenticator.Type


def verdict(use: Callable[..., Authenticator], sign_in: SignIn, code: str) -> str:
    try:
        use(sign_in.user, code)
    except CodeRefused as refused:
        return str(refused.verdict)
    return "right"


def totp(sign_in: SignIn, code: str) -> str:
    return verdict(use_totp, sign_in, code)


def paper(sign_in: SignIn, code: str) -> str:
    return verdict(use_recovery_code, sign_in, code)


@pytest.fixture(autouse=True)
def _middle_of_a_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test run over the edge of a period of thirty seconds."""
    now = time.time() // 30 * 30 + 15
    monkeypatch.setattr("time.time", lambda: now)


def test_whoever_has_no_app_has_no_code(alice: SignIn) -> None:
    assert (totp(alice, "123456"), paper(alice, "12345678")) == ("no_such_factor", "no_such_factor")


@pytest.mark.parametrize("ahead", [-2, 2])
def test_a_code_of_another_minute_is_wrong(alice: SignIn, ahead: int) -> None:
    assert totp(alice, code_at(give_app(alice.user), ahead=ahead)) == "wrong_code"


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_clocks_may_differ_by_one_period(alice: SignIn, ahead: int) -> None:
    assert totp(alice, code_at(give_app(alice.user), ahead=ahead)) == "right"


def test_a_code_is_good_once_and_no_older_one_after_it(alice: SignIn) -> None:
    secret = give_app(alice.user)
    tried = [totp(alice, code_at(secret, ahead=ahead)) for ahead in (0, 0, -1, 1, 1)]
    assert tried == ["right", "replayed_code", "replayed_code", "right", "replayed_code"]


def test_anothers_code_is_wrong(alice: SignIn, bob: SignIn) -> None:
    give_app(alice.user)
    assert totp(alice, code_at(give_app(bob.user))) == "wrong_code"


def test_five_wrong_codes_lock_even_the_right_one_out(alice: SignIn) -> None:
    secret = give_app(alice.user)
    assert {totp(alice, wrong(secret)) for _ in range(5)} == {"wrong_code"}
    assert totp(alice, code_at(secret)) == "too_many_tries"
    until = locked_until(row(alice.user, Type.TOTP))
    assert until is not None
    assert timedelta(minutes=4) < until - timezone.now() <= timedelta(minutes=5)


@pytest.mark.parametrize(("wrong_before", "minutes"), [(4, 5), (5, 10), (6, 20), (12, 1280), (13, 1440), (10**6, 1440)])
def test_each_further_one_locks_for_twice_as_long_up_to_a_day(alice: SignIn, wrong_before: int, minutes: int) -> None:
    secret = give_app(alice.user)
    app = row(alice.user, Type.TOTP)
    app.data["wrong"] = wrong_before
    app.save()
    totp(alice, wrong(secret))
    until = locked_until(row(alice.user, Type.TOTP))
    assert until is not None
    assert round((until - timezone.now()) / timedelta(minutes=1)) == minutes


def test_a_right_code_forgets_the_wrong_ones(alice: SignIn) -> None:
    secret = give_app(alice.user)
    for _ in range(4):
        totp(alice, wrong(secret))
    assert totp(alice, code_at(secret)) == "right"
    assert "wrong" not in row(alice.user, Type.TOTP).data


def test_when_the_lock_is_over_a_code_is_looked_at_again(alice: SignIn) -> None:
    secret = give_app(alice.user)
    app = row(alice.user, Type.TOTP)
    app.data |= {"wrong": 5, "locked_until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    app.save()
    assert totp(alice, code_at(secret)) == "right"


def test_a_lock_of_one_person_or_factor_is_nobody_elses(alice: SignIn, bob: SignIn) -> None:
    secrets = {sign_in.pk: give_app(sign_in.user) for sign_in in (alice, bob)}
    codes = new_codes(alice.user)
    for _ in range(5):
        totp(alice, wrong(secrets[alice.pk]))
    assert (totp(bob, code_at(secrets[bob.pk])), paper(alice, codes[0])) == ("right", "right")


def test_a_recovery_code_is_good_once(alice: SignIn, bob: SignIn) -> None:
    codes = new_codes(alice.user)
    new_codes(bob.user)
    assert len(set(codes)) == 10
    assert [paper(alice, code) for code in (codes[3], codes[3], codes[4])] == ["right", "replayed_code", "right"]
    assert paper(bob, codes[5]) == "wrong_code"


def test_new_recovery_codes_void_the_old_ones(alice: SignIn) -> None:
    old, new = new_codes(alice.user), new_codes(alice.user)
    assert (paper(alice, old[0]), paper(alice, new[0])) == ("wrong_code", "right")


def test_recovery_codes_lock_too(alice: SignIn) -> None:
    codes = new_codes(alice.user)
    tried = [paper(alice, "00000000") for _ in range(5)]
    assert (set(tried), paper(alice, codes[0])) == ({"wrong_code"}, "too_many_tries")


@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_secrets_stand_in_the_database_sealed_and_belong_to_their_person(
    alice: SignIn, signed_in: Signed, settings: Settings, kind: str
) -> None:
    secret, codes = give_app(alice.user), new_codes(alice.user)
    mine = row(alice.user, kind)
    stored: dict[str, Any] = mine.data
    assert stored["secret" if kind == "totp" else "seed"].startswith("t1.")
    assert secret not in str(stored)
    mine.user = signed_in("eve").user  # a row that changes hands is worth nothing
    mine.save()
    eve = SignIn.objects.get(subject="eve")
    assert {"totp": totp(eve, code_at(secret)), "recovery_codes": paper(eve, codes[0])}[kind] == "key_lost"


def test_a_code_that_no_key_opens_says_so_and_locks_nothing(alice: SignIn, settings: Settings) -> None:
    secret = give_app(alice.user)
    settings.DAYPASS_ENCRYPTION_KEYS = "k2:" + "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
    assert [totp(alice, code_at(secret)) for _ in range(6)] == ["key_lost"] * 6


def test_the_codes_that_are_left_are_counted(alice: SignIn, bob: SignIn) -> None:
    codes = new_codes(alice.user)
    assert (codes_left(alice.user), codes_left(bob.user)) == (10, 0)
    assert paper(alice, codes[0]) == "right"
    assert (codes_left(alice.user), codes_left(bob.user)) == (9, 0)
