"""What is asked of a sign-in at the moment of issue: refusals first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import SignIn
from accounts.step_up.demand import Demand, Kind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YOUNG, OLD = NOW - timedelta(minutes=15), NOW - timedelta(minutes=15, seconds=1)
RECENT, SECOND = (Demand(kind, 15) for kind in (Kind.RECENT_SIGN_IN, Kind.SECOND_FACTOR))


def met(demand: Demand, **values: Any) -> bool:
    return demand.is_met_by(SignIn(**{"authenticated_at": YOUNG, "authentication_asserted": True, **values}), NOW)


def by(factor: str, at: datetime | None) -> dict[str, Any]:
    return {"second_factor": factor, "second_factor_at": at, "authenticated_at": OLD}


@pytest.mark.parametrize(
    ("demand", "values"),
    [
        (RECENT, {"authenticated_at": OLD}),
        (RECENT, {"authentication_asserted": False}),
        (RECENT, by("", None)),
        (RECENT, by("totp", OLD)),
        (RECENT, by("recovery_code", YOUNG)),
        (SECOND, {}),
        (SECOND, by("webauthn", OLD)),
        (SECOND, by("recovery_code", YOUNG)),
    ],
)
def test_what_is_too_old_unsaid_or_of_another_kind_does_not_do(demand: Demand, values: dict[str, Any]) -> None:
    assert met(demand, **values) is False


@pytest.mark.parametrize(
    ("demand", "values"),
    [
        (RECENT, {}),
        (RECENT, by("totp", YOUNG)),
        (SECOND, by("totp", YOUNG)),
        (SECOND, by("webauthn", YOUNG)),
    ],
)
def test_what_is_young_enough_does(demand: Demand, values: dict[str, Any]) -> None:
    assert met(demand, **values) is True


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 minute"), (15, "15 minutes"), (60, "1 hour"), (90, "90 minutes")]
)
def test_it_is_said_in_words(minutes: int, words: str) -> None:
    assert Demand(Kind.RECENT_SIGN_IN, minutes).what == f"a sign-in no older than {words}"
    assert Demand(Kind.SECOND_FACTOR, minutes).what.endswith(f"used within the last {words}")
