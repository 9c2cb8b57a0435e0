"""How often a code may be guessed: counted in the factor's own row, under its lock, so that no race gets further.

Five wrong codes in a row lock the factor for five minutes, and each wrong one after that for twice as long, up to a
day. A right code forgets them. Whoever guesses gets a dozen of a million codes on the first day, then one a day.
"""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.utils import timezone

FREE, FIRST, LONGEST = 5, timedelta(minutes=5), timedelta(days=1)


def locked_until(authenticator: Authenticator) -> datetime | None:
    """Return until when no code is looked at; None when one may be tried."""
    until = authenticator.data.get("locked_until")
    at = datetime.fromisoformat(until) if until else None
    return at if at and at > timezone.now() else None


def note_wrong(authenticator: Authenticator) -> None:
    """Count a wrong code; the caller holds the row's lock and saves it."""
    data, wrong = authenticator.data, int(authenticator.data.get("wrong", 0)) + 1
    data["wrong"] = wrong
    if wrong >= FREE:
        lock = min(FIRST * 2 ** min(wrong - FREE, 16), LONGEST)
        data["locked_until"] = (timezone.now() + lock).isoformat()


def forget_wrong(authenticator: Authenticator) -> None:
    authenticator.data.pop("wrong", None)
    authenticator.data.pop("locked_until", None)
