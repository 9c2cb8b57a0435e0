"""By what somebody can confirm what they were asked."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import SignIn
from accounts.navigation import sign_in_address
from accounts.providers import BREAK_GLASS
from accounts.second_factor import passkeys
from accounts.second_factor.factors import kinds_of
from accounts.second_factor.guard import can_ask_again, may_change
from accounts.step_up.ask import Ask
from accounts.step_up.demand import Kind

Factor = SignIn.SecondFactor


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What the page offers. ``set_up`` is where a factor can be added, for whoever has none that would do here.

    ``silent`` tells that a sign-in is asked for of which the provider cannot say when it was.
    """

    provider: bool
    passkey: bool
    app: bool
    recovery: bool
    sign_in_again: str
    set_up: str
    silent: bool

    @property
    def factor(self) -> bool:
        return self.passkey or self.app


def is_confirmed(sign_in: SignIn, ask: Ask, now: datetime) -> bool:
    """Tell whether there is nothing left to ask."""
    return may_change(sign_in, now) if ask.own_factors else ask.demand.is_met_by(sign_in, now)


def ways_for(sign_in: SignIn, ask: Ask) -> Ways:
    kinds, recent = kinds_of(sign_in.user), ask.demand.kind is Kind.RECENT_SIGN_IN
    provider = recent and can_ask_again(sign_in)
    passkey = Factor.WEBAUTHN in kinds and passkeys.available()
    app = Factor.TOTP in kinds
    return Ways(
        provider=provider,
        passkey=passkey,
        app=app,
        recovery=ask.own_factors and Factor.RECOVERY_CODE in kinds,
        sign_in_again=_sign_in_again(sign_in, ask) if recent and ask.own_factors and not provider else "",
        set_up="" if ask.own_factors or passkey or app else _set_up(ask),
        silent=recent and not provider,
    )


def _sign_in_again(sign_in: SignIn, ask: Ask) -> str:
    """Return where a sign-in begins anew: where the provider cannot say when it was, its start has to do."""
    if sign_in.provider == BREAK_GLASS:
        return reverse("accounts:break_glass")
    return f"{sign_in_address(ask.address)}&again=1"


def _set_up(ask: Ask) -> str:
    return f"{reverse('accounts:second_factors')}?{urlencode({'next': ask.address})}"
