"""The web identity token of a sign-in, fresh enough to hand to AWS.

A token with less than five minutes left is renewed first. Whoever finds a renewal under way uses the present token if
it will do, else waits for the new one.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import SignIn
from accounts.renewal import Held, ProviderUnreachable, SignInEnded, TokenUnavailable, lease, opened, read, renew

__all__ = ["ProviderUnreachable", "SignInEnded", "TokenUnavailable", "web_identity_token_for"]

FRESH, USABLE = timedelta(minutes=5), timedelta(seconds=60)
WAIT, LOOK_AGAIN = 15.0, 0.1


@dataclass(frozen=True)
class Need:
    """What token will do: any that lasts, or only another one, because AWS turned the present one down."""

    since: datetime | None = None
    turned_down: str = field(default="", repr=False)

    def is_met(self, held: Held) -> bool:
        return self._is_another(held) and held.lasts(FRESH)

    def can_do_with(self, held: Held) -> bool:
        return self.since is None and held.lasts(USABLE)

    def _is_another(self, held: Held) -> bool:
        """Tell whether it was renewed since then: a refresh may confirm somebody and bring no token."""
        if self.since is None:
            return True
        renewed = held.refreshed_at is not None and held.refreshed_at >= self.since
        return renewed and held.web_identity_token != self.turned_down


def web_identity_token_for(*, sign_in: SignIn, renewed: bool = False) -> str:
    """Return the token as its provider gave it; refresh it first when it is about to expire.

    ``renewed`` refreshes in any case, for when AWS does not take the present one. A refresh also replaces
    ``principals`` and ``email`` of the sign-in, in the database and on the instance, by what the provider says now.
    Raise SignInEnded when the sign-in is over or the provider withdrew it, ProviderUnreachable when the provider
    cannot be asked, TokenUnavailable when there is no token that AWS would still take.
    """
    held, deadline = read(sign_in), time.monotonic() + WAIT
    need = Need(timezone.now(), held.web_identity_token) if renewed else Need()
    while not need.is_met(held):
        if not held.refresh_token:
            return _present(sign_in, held, need)
        with lease(sign_in) as taken:
            if taken:
                return _renewed(sign_in, need)
        if need.can_do_with(held):
            break
        if time.monotonic() > deadline:
            raise ProviderUnreachable("Your identity provider takes too long to renew your sign-in. Try again.")
        time.sleep(LOOK_AGAIN)
        held = read(sign_in)
    return _opened(sign_in, held)


def _opened(sign_in: SignIn, held: Held) -> str:
    return opened(sign_in, "web_identity_token", held.web_identity_token)


def _renewed(sign_in: SignIn, need: Need) -> str:
    """Renew under the lease, unless somebody did between our look and our lease."""
    before = read(sign_in)
    if need.is_met(before):
        return _opened(sign_in, before)
    try:
        renew(sign_in, before)
    except ProviderUnreachable:
        if need.can_do_with(before):
            return _opened(sign_in, before)
        raise
    after = read(sign_in)
    is_new = after.web_identity_token != before.web_identity_token
    return _opened(sign_in, after) if is_new else _present(sign_in, after, need)


def _present(sign_in: SignIn, held: Held, need: Need) -> str:
    """Return the token that there is, if AWS would still take it."""
    if not held.web_identity_token:
        raise TokenUnavailable("This sign-in has no ID token. Sign in with your identity provider.")
    if not need.can_do_with(held):
        raise TokenUnavailable("Your identity provider's token has expired and cannot be renewed. Sign in again.")
    return _opened(sign_in, held)
