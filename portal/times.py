"""Moments as JSON tells them: seconds since 1970 (NumericDate, RFC 7519, section 2), read in one place.

JSON knows no largest number, and Python's reader takes NaN as well. Such numbers fail in a way of their own wherever
they are rounded, added up or made a date, so nothing else makes a date of a number.
"""

from datetime import UTC, datetime

END = 253_402_300_800  # the year 10000, where Python's dates end; a certificate without end says 9999 (RFC 5280)


def moment(value: object) -> datetime:
    """Return the moment; raise ValueError for what is none: text, true, NaN, what is before 1970 or after the end."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < END:
        raise ValueError("no moment")
    return datetime.fromtimestamp(value, UTC)


def is_of_a_year(at: datetime) -> bool:
    """Tell whether a time with its zone has a year in UTC, where databases keep it: some of 1 and 9999 have none."""
    try:
        at.astimezone(UTC)
    except OverflowError:
        return False
    return True
