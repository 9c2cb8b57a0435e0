"""The limits of an access token of Facebook or Amazon, each at its edge, by a clock that stands still."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.providers.declared import Kind, SocialProvider
from accounts.refusals import Reason, SignInRefused
from accounts.social import verify
from accounts.social.grants import _granted
from accounts.social.verify import verified

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AMAZON = SocialProvider(
    slug="amazon",
    kind=Kind.AMAZON,
    name="Amazon",
    domains=frozenset(),
    client_id="us",
    client_secret="s",
    authorize_url="",
    token_url="",
    check_url="check",
    profile_url="profile",
    scopes=(),
)
INFO: dict[str, Any] = {"aud": "us", "iss": "https://www.amazon.com", "user_id": "alice", "exp": 60}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, dict[str, Any]]]:
    """What the provider answers at each address; everything is right."""
    told: dict[str, tuple[int, dict[str, Any]]] = {"check": (200, dict(INFO)), "profile": (200, {"user_id": "alice"})}
    monkeypatch.setattr(verify, "look_up", lambda url, **_asked: told[url])
    return told


def said(token: object = "t") -> object:
    try:
        return verified(AMAZON, token).expires_at
    except SignInRefused as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (4096, NOW + timedelta(minutes=1)),
        (4097, "malformed_token: no access token, or one of the wrong type or length"),
    ],
)
def test_a_token_is_so_long_and_no_longer(answers: Any, length: int, expected: object) -> None:
    assert said("t" * length) == expected


WEEK = 7 * 86_400


@pytest.mark.parametrize(("left", "held"), [(1, 1), (WEEK - 1, WEEK - 1), (WEEK, WEEK), (WEEK + 1, WEEK)])
def test_a_token_is_held_for_a_week_at_most(answers: Any, left: int, held: int) -> None:
    answers["check"][1]["exp"] = left
    assert said() == NOW + timedelta(seconds=held)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("check", {"exp": 0}, "expired: the access token has expired"),
    ("check", {"exp": -1}, "expired: the access token has expired"),
    ("check", {"exp": True}, "claim: exp is not a number of seconds"),
    ("check", {"exp": 1.5}, "claim: exp is not a number of seconds"),
    ("check", {"aud": "another"}, "audience: made for another application"),
    ("check", {"iss": "https://www.amazon.com/"}, "issuer: not Amazon's own"),
    ("check", {"user_id": "x" * 192}, "claim: the subject is missing or of another shape"),
    ("profile", {"user_id": "bob"}, "subject_mismatch: the profile is another person's"),
]


@pytest.mark.parametrize(("where", "changes", "expected"), WRONG)
def test_each_guard_holds_by_itself(answers: Any, where: str, changes: dict[str, Any], expected: str) -> None:
    answers[where][1].update(changes)
    assert said() == expected


@pytest.mark.parametrize("where", ["check", "profile"])
@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, "invalid_token", "withdrawn: answered 400"),
        (400, "another", "provider_error: answered 400"),
    ],
)
def test_an_error_is_told_by_its_number_and_its_code(
    answers: Any, where: str, status: int, error: str, expected: str
) -> None:
    answers[where] = (status, {"error": error})
    assert said() == expected


@pytest.mark.parametrize(("length", "kept"), [(4096, True), (4097, False)])
def test_what_is_asked_with_next_time_is_so_long_and_no_longer(length: int, kept: Any) -> None:
    token = "r" * length
    assert _granted(AMAZON, {"refresh_token": token}, "before").ask_again == (token if kept else "before")


def test_a_subject_is_as_long_as_its_column(answers: Any) -> None:
    for where in ("check", "profile"):
        answers[where][1]["user_id"] = "x" * 191
    assert verified(AMAZON, "t").claims["sub"] == "x" * 191
    assert Reason.CLAIM in said_of("x" * 192, answers)


def said_of(subject: str, answers: Any) -> str:
    answers["check"][1]["user_id"] = subject
    return str(said())
