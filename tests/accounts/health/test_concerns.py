"""What administrators are warned of, from when on, and of what they are not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.health.concerns import concerns_of, lasting
from accounts.health.result import Certificate, Clock, Document, Result

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def codes(**found: Any) -> list[tuple[str, bool]]:
    concerns = concerns_of(Result(**found), failing_since=None, now=NOW)
    assert all(each.text.endswith(".") and each.remedy for each in concerns)
    return [(each.code, each.is_bad) for each in concerns]


def certificates(use: str, *days: int) -> dict[str, Any]:
    return {"certificates": tuple(Certificate(use, "one", NOW + DAY * each) for each in days)}


def test_a_provider_that_is_well_is_left_alone() -> None:
    well = {"documents": (Document("Keys", good_at=NOW),), "clock": Clock(2.0, 0.6), **certificates("signing", 300)}
    assert codes(**well) == []


@pytest.mark.parametrize(
    ("ahead", "found"),
    [(29.9, []), (-30.5, [("clock", False)]), (60.4, [("clock", False)]), (60.5, [("clock", True)])],
)
def test_clocks_apart(ahead: float, found: list[tuple[str, bool]]) -> None:
    assert codes(clock=Clock(ahead, 0.5)) == found


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([30], []),
        ([29], [("certificate_signing", False)]),
        ([-1], [("certificate_signing", False)]),
        ([5, 300], []),  # its successor stands beside it
        ([-400, 29], [("certificate_signing", False)]),
    ],
)
def test_signing_certificates_that_run_out(days: list[int], found: list[tuple[str, bool]]) -> None:
    assert codes(**certificates("signing", *days)) == found


@pytest.mark.parametrize(("use", "days", "warned"), [("tls", 14, 0), ("tls", 13, 1), ("ours", 30, 0), ("ours", 29, 1)])
def test_other_certificates_that_run_out(use: str, days: int, warned: int) -> None:
    assert len(codes(**certificates(use, days))) == warned


@pytest.mark.parametrize(
    ("days", "left"), [(0, "expired"), (1, "expires in 1 day"), (2, "expires in 2 days"), (12, "expires in 12 days")]
)
def test_how_long_a_certificate_lasts_is_said(days: int, left: str) -> None:
    (found,) = concerns_of(Result(**certificates("ours", days)), failing_since=None, now=NOW)
    assert found.text == f"This portal's own certificate {left}, {NOW + DAY * days:%d %B %Y}."


def test_two_hosts_are_two_certificates() -> None:
    found = tuple(Certificate("tls", name, NOW + DAY * days) for name, days in (("a", 300), ("b", 1), ("c", 1)))
    assert codes(certificates=found) == [("certificate_tls:b", False), ("certificate_tls:c", False)]


@pytest.mark.parametrize(
    ("renewals", "found"),
    [({}, []), ({"renewed": 0, "refused": 9}, []), ({"renewed": 5, "refused": 5}, []),
     ({"renewed": 4, "refused": 6}, [("renewals", False)])],
)  # fmt: skip
def test_renewals_that_fail_for_most(renewals: dict[str, int], found: list[tuple[str, bool]]) -> None:
    assert codes(renewals=renewals) == found


def test_what_stops_people_comes_first() -> None:
    failing = (Document("Discovery", problem="provider_unavailable: answered 503"),)
    assert codes(documents=failing, **certificates("signing", 3)) == [
        ("failing", True),
        ("certificate_signing", False),
    ]


@pytest.mark.parametrize(("minutes", "told"), [(None, []), (14, []), (15, ["failing"])])
def test_a_hiccup_is_no_message(minutes: int | None, told: list[str]) -> None:
    since = NOW - timedelta(minutes=minutes) if minutes else None
    result = Result(documents=(Document("Discovery", problem="provider_unavailable: Timeout"),))
    found = concerns_of(result, failing_since=since, now=NOW)
    assert [each.code for each in lasting(found, since, NOW)] == told
