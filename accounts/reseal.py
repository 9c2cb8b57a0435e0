"""Key rotation: seal with the newest key what an older one sealed, and lose nothing that no key opens."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import key_check
from accounts.custody import Custody, Unsealable
from accounts.models import SignIn
from accounts.second_factor.adapter import context_of

FACTORS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
SEALED = ("web_identity_token", "refresh_token")


@dataclass
class Count:
    """How many values were sealed anew, and how many no key opens."""

    renewed: int = 0
    lost: int = 0

    def add(self, sealed: str, renewed: str | None) -> None:
        """Count one value by what ``_renewed`` made of it."""
        self.renewed += renewed not in {None, sealed}
        self.lost += renewed is None


def reseal(*, drop_lost: bool = False) -> tuple[Count, Count]:
    """Renew every sealed token and every secret of a second factor; return how each went.

    What no key opens stays, and so do the keys' own marks, since the right key may turn up. With ``drop_lost`` such
    tokens are emptied and the older keys are let go. Secrets of second factors stay in any case: a person with a factor
    that cannot be read is no person without one.
    """
    tokens, factors = _tokens(drop_lost=drop_lost), _factors()
    if drop_lost or not tokens.lost + factors.lost:
        key_check.start_anew()
    return tokens, factors


def _tokens(*, drop_lost: bool) -> Count:
    """Safe to repeat and to run beside a refresh: a token that changed in between is left alone, since whoever wrote it
    used the newest key."""
    custody, count = Custody.from_settings(), Count()
    for sign_in in SignIn.objects.exclude(web_identity_token="", refresh_token="").iterator(chunk_size=200):
        for name in SEALED:
            sealed = getattr(sign_in, name)
            if sealed:
                renewed = _renewed(custody, sealed, sign_in.context(name))
                count.add(sealed, renewed)
                if renewed != sealed and (renewed or drop_lost):
                    SignIn.objects.filter(pk=sign_in.pk, **{name: sealed}).update(**{name: renewed or ""})
    return count


def _factors() -> Count:
    count = Count()
    for factor_id in list(Authenticator.objects.filter(type__in=FACTORS).values_list("pk", flat=True)):
        with transaction.atomic():
            found = Authenticator.objects.select_for_update().filter(pk=factor_id).first()
            if found:
                _reseal_factor(found, count)
    return count


def _reseal_factor(authenticator: Authenticator, count: Count) -> None:
    """Renew one secret under the row's lock, and count it."""
    name = FACTORS[authenticator.type]
    sealed = authenticator.data[name]
    renewed = _renewed(Custody.from_settings(), sealed, context_of(authenticator.user_id))
    count.add(sealed, renewed)
    if renewed and renewed != sealed:
        authenticator.data[name] = renewed
        authenticator.save(update_fields=["data"])


def _renewed(custody: Custody, sealed: str, context: str) -> str | None:
    """Return the value under the newest key, as it was if that sealed it already; None if no key opens it."""
    try:
        plain = custody.open(sealed, context=context)
    except Unsealable:
        return None
    return custody.seal(plain, context=context) if custody.needs_resealing(sealed) else sealed
