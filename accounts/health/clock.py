"""How far a server's clock is from ours, by the Date of its answer (RFC 9110, section 6.6.1)."""

from email.utils import parsedate_to_datetime

from accounts.health.result import Clock

HALF_A_SECOND = 0.5


def clock_of(date: str, age: str, *, sent: float, received: float) -> Clock | None:
    """Return the difference; ``sent`` and ``received`` are ours, in Unix time. None where the answer tells no time.

    Date has whole seconds and was written somewhere between the two, so neither half of the way is known better. A
    cache's copy has the Date of long ago and says in Age how long (RFC 9111, section 5.1).
    """
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):  # numbers of a date may have any number of digits
        return None
    theirs += int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    ahead = theirs + HALF_A_SECOND - (sent + received) / 2
    return Clock(ahead=round(ahead, 1), within=round(HALF_A_SECOND + (received - sent) / 2, 1))
