"""What somebody must have shown lately before their identities change: a second factor, or a young sign-in.

Whoever has a factor shows one: with the password alone somebody could else link an identity of their own, come in by
that, and unlink the other from the factor. A recovery code does not do; it lies in a drawer.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from accounts.linking.owner import has_second_factors
from accounts.models import SignIn
from accounts.refusals import Reason, SignInRefused
from accounts.step_up.demand import Demand, Kind

RECENT: Final = timedelta(minutes=10)
FACTOR: Final = Demand(Kind.SECOND_FACTOR, 10)


def has_shown(sign_in: SignIn, now: datetime) -> bool:
    """Tell whether the person may set out to link, or unlink."""
    return FACTOR.is_met_by(sign_in, now) if has_second_factors(sign_in.user) else is_recent(sign_in, now)


def is_recent(sign_in: SignIn, now: datetime) -> bool:
    """Tell whether the person proved within ten minutes that it is them: by signing in or by stepping up."""
    proofs = [sign_in.started_at, sign_in.authenticated_at, sign_in.second_factor_at]
    return now - max(proof for proof in proofs if proof) < RECENT


def check_factor(sign_in: SignIn) -> None:
    """Raise SignInRefused for a person with factors who has not used one lately; ask while the person is held."""
    if has_second_factors(sign_in.user) and not FACTOR.is_met_by(sign_in, timezone.now()):
        raise SignInRefused(Reason.LINK_UNCONFIRMED, "a person with factors, and none used lately")
