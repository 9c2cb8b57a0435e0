"""The second factors that somebody has set up: what their page lists, and what they can be asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from accounts.models import SignIn, User

KINDS: Final = {
    Authenticator.Type.WEBAUTHN: SignIn.SecondFactor.WEBAUTHN,
    Authenticator.Type.TOTP: SignIn.SecondFactor.TOTP,
    Authenticator.Type.RECOVERY_CODES: SignIn.SecondFactor.RECOVERY_CODE,
}
LONGEST_NAME = 60


@dataclass(frozen=True)
class Factor:
    """A passkey or an authenticator app, as its owner knows it."""

    id: int
    kind: SignIn.SecondFactor
    name: str
    created_at: datetime
    last_used_at: datetime | None


def authenticators_of(user: User) -> QuerySet[Authenticator]:
    """Return the person's passkeys and authenticator app, oldest first; recovery codes stand behind them."""
    mine = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    found: QuerySet[Authenticator] = mine.order_by("created_at", "pk")
    return found


def factors_of(user: User) -> list[Factor]:
    return [
        Factor(each.pk, kind_of(each), name_of(each), each.created_at, each.last_used_at)
        for each in authenticators_of(user)
    ]


def kinds_of(user: User) -> frozenset[SignIn.SecondFactor]:
    """Return what the person can be asked for, recovery codes included while some are left."""
    kinds = {KINDS[kind] for kind in Authenticator.objects.filter(user=user).values_list("type", flat=True)}
    return frozenset(kinds if codes_left(user) else kinds - {SignIn.SecondFactor.RECOVERY_CODE})


def kind_of(authenticator: Authenticator) -> SignIn.SecondFactor:
    return KINDS[authenticator.type]


def name_of(authenticator: Authenticator) -> str:
    return str(authenticator.data.get("name") or kind_of(authenticator).label)


def codes_left(user: User) -> int:
    """Return how many recovery codes are unused, without opening their seed."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return int(app_settings.RECOVERY_CODE_COUNT) - int(codes.data["used_mask"]).bit_count() if codes else 0
