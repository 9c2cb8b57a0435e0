"""How far apart two clocks are, by an answer's Date: whole seconds, a way there and back, and caches between."""

import pytest

from accounts.health.clock import clock_of
from accounts.health.result import Clock

AT = 1_795_420_800  # Mon, 23 Nov 2026 08:00:00 GMT
DATE = "Mon, 23 Nov 2026 08:00:00 GMT"


HUGE, FAR = "Fri, 31 Dec 99999999999999999999 08:00:00 GMT", "Mon, 23 Nov 2026 08:00:00 +99999999999999"


@pytest.mark.parametrize(
    ("sent", "received", "age", "clock"),
    [
        (AT, AT + 1, "", Clock(0.0, 1.0)),
        (AT + 60, AT + 60.2, "", Clock(-59.6, 0.6)),
        (AT - 90, AT - 90, "", Clock(90.5, 0.5)),
        (AT, AT + 10, "", Clock(-4.5, 5.5)),
        (AT + 300, AT + 300, "300", Clock(0.5, 0.5)),
        (AT, AT, "a while", Clock(0.5, 0.5)),
        (AT, AT, "9" * 40, Clock(0.5, 0.5)),
    ],
)
def test_the_difference_and_how_well_it_is_known(sent: float, received: float, age: str, clock: Clock) -> None:
    assert clock_of(DATE, age, sent=sent, received=received) == clock


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 08:00:00 GMT", "2026-11-23T08:00:00Z", HUGE, FAR])
def test_an_answer_without_a_date_tells_nothing(date: str) -> None:
    assert clock_of(date, "", sent=AT, received=AT) is None


def test_a_slow_answer_proves_less() -> None:
    assert [Clock(40.0, within).surely for within in (0.5, 5.5, 60.0)] == [39.5, 34.5, 0.0]


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(0.5, "In step with ours"), (-0.6, "1 s behind ours"), (40.0, "40 s ahead of ours"), (-40.0, "40 s behind ours")],
)
def test_how_far_apart_the_clocks_are_is_said(ahead: float, words: str) -> None:
    assert Clock(ahead, 0.5).words == words
