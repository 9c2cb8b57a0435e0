"""What is unusual is so by what the same person did before, as of the session's own moment."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import SignIn
from audit import unusual
from credentials.models import IssuedSession
from tests.audit.conftest import Taken, make_role

State = IssuedSession.State
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def signs(session: IssuedSession) -> set[str]:
    return {kind.value for kind in unusual.signs(session)}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:aa:1::7", "2001:db8:aa::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.7/8", ""),
    ],
)
def test_a_network_is_a_24_or_a_48(address: str, network: str) -> None:
    assert unusual.network(address) == network


def test_the_very_first_session_is_a_first_use_and_nothing_else(taken: Taken, alice: SignIn) -> None:
    assert signs(taken(alice)) == {"first_use"}


def test_another_persons_use_makes_it_no_less_a_first_one(taken: Taken, alice: SignIn, bob: SignIn) -> None:
    taken(bob, ago=DAY)
    assert signs(taken(alice)) == {"first_use"}


def test_a_refused_attempt_makes_it_no_less_a_first_use(taken: Taken, alice: SignIn) -> None:
    taken(alice, ago=DAY, state=State.FAILED)
    assert signs(taken(alice)) == {"first_use"}


@pytest.mark.parametrize("state", [State.ISSUED, State.EXPIRED, State.REVOKED])
def test_a_second_use_is_none(taken: Taken, alice: SignIn, state: str) -> None:
    taken(alice, ago=DAY, state=state)
    assert signs(taken(alice)) == set()


def test_another_role_is_a_first_use(taken: Taken, alice: SignIn) -> None:
    taken(alice, ago=DAY)
    assert signs(taken(alice, make_role("PowerDeveloper"))) == {"first_use"}


@pytest.mark.parametrize(
    ("address", "before", "found"),
    [
        ("203.0.113.99", DAY, set()),
        ("198.51.100.1", DAY, {"new_network"}),
        ("203.0.113.7", 89 * DAY, set()),
        ("203.0.113.7", 91 * DAY, {"new_network"}),
        ("", DAY, set()),
    ],
)
def test_a_network_not_seen_in_90_days(
    taken: Taken, alice: SignIn, address: str, before: timedelta, found: set[str]
) -> None:
    taken(alice, ago=before)
    assert signs(taken(alice, address=address)) == found


def test_the_session_that_passes_the_limit_is_a_burst_and_the_next_is_not(taken: Taken, alice: SignIn) -> None:
    taken(alice, ago=DAY)
    many = [taken(alice, ago=9 * MINUTE - number * timedelta(seconds=30)) for number in range(12)]
    assert [signs(session) for session in many] == [set()] * 10 + [{"burst"}, set()]


def test_ten_sessions_in_a_longer_time_are_no_burst(taken: Taken, alice: SignIn) -> None:
    many = [taken(alice, ago=(12 - number) * MINUTE) for number in range(11)]
    assert signs(many[-1]) == set()


def test_the_limit_is_a_setting(taken: Taken, alice: SignIn, settings: Any) -> None:
    settings.DAYPASS_BURST = 1
    first, second = taken(alice, ago=MINUTE), taken(alice)
    assert [signs(first), signs(second)] == [{"first_use"}, {"burst"}]


def test_a_session_that_was_not_issued_has_no_signs(taken: Taken, alice: SignIn) -> None:
    assert signs(taken(alice, state=State.FAILED)) == set()
