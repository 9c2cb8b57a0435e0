"""Who may change somebody's second factors: the person, if they have lately proved that it is them.

Whoever has a factor confirms by one; a recovery code will do. Whoever has none needs a young sign-in: else a session
that was left open, or stolen, would be enough to set up a factor and take a role by it.
"""

from datetime import datetime, timedelta

from accounts.models import SignIn
from accounts.providers import configured
from accounts.second_factor.factors import kinds_of
from accounts.step_up.demand import Demand, Kind

MINUTES = 10


def demand_for(sign_in: SignIn) -> Demand:
    """Return what is asked before factors are changed."""
    return Demand(Kind.SECOND_FACTOR if kinds_of(sign_in.user) else Kind.RECENT_SIGN_IN, MINUTES)


def may_change(sign_in: SignIn, now: datetime) -> bool:
    """Tell whether what was asked has been shown."""
    if demand_for(sign_in).kind is Kind.SECOND_FACTOR:
        return _is_young(sign_in.second_factor_at, now)
    return _is_young(signed_in_at(sign_in), now)


def signed_in_at(sign_in: SignIn) -> datetime:
    """Return when the provider says that the person authenticated; where it does not say, when the sign-in started."""
    if sign_in.authentication_asserted:
        return sign_in.authenticated_at
    return sign_in.started_at


def _is_young(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at <= timedelta(minutes=MINUTES)


def can_ask_again(sign_in: SignIn) -> bool:
    """Tell whether the sign-in's provider can be told to authenticate the person anew."""
    provider = configured().get(sign_in.provider)
    return provider is not None and provider.can_reauthenticate
