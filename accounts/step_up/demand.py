"""What a role asks of a sign-in at the moment of issue, and whether the sign-in is up to it: no I/O here.

Two words say how: a *recent sign-in*, whose time the identity provider itself asserted, or a *second factor* of this
portal's own. A second factor also does for a recent sign-in: it proves that the person is there now, and some providers
cannot be made to say so (Google, Facebook, Amazon).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.template.defaultfilters import pluralize

from accounts.models import SignIn

USUAL, SHORTEST, LONGEST = 15, 1, 720  # minutes
# A recovery code lets somebody set up a new factor, and no more: it is written on paper and says nothing of who reads.
STRONG: Final = frozenset({SignIn.SecondFactor.TOTP, SignIn.SecondFactor.WEBAUTHN})


class Kind(StrEnum):
    """How somebody can be asked to prove that they are there."""

    RECENT_SIGN_IN = "recent_sign_in"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True)
class Demand:
    """Something no older than ``minutes``."""

    kind: Kind
    minutes: int

    def is_met_by(self, sign_in: SignIn, now: datetime) -> bool:
        if self._is_young(sign_in.second_factor_at, now) and sign_in.second_factor in STRONG:
            return True
        asserted = sign_in.authenticated_at if sign_in.authentication_asserted else None
        return self.kind is Kind.RECENT_SIGN_IN and self._is_young(asserted, now)

    def _is_young(self, at: datetime | None, now: datetime) -> bool:
        return at is not None and now - at <= timedelta(minutes=self.minutes)

    @property
    def within(self) -> str:
        """Return the minutes in words."""
        hours, minutes = divmod(self.minutes, 60)
        count, word = (hours, "hour") if hours and not minutes else (self.minutes, "minute")
        return f"{count} {word}{pluralize(count)}"

    @property
    def what(self) -> str:
        """Return what is asked, to follow "asks for"."""
        if self.kind is Kind.SECOND_FACTOR:
            return f"a passkey or an authenticator code, used within the last {self.within}"
        return f"a sign-in no older than {self.within}"
