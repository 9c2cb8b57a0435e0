"""Key rotation: seal with the newest key what an older one sealed."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.custody import Custody, Unsealable
from accounts.models import SignIn
from accounts.second_factor.adapter import context_of

FACTORS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
SEALED = ("web_identity_token", "refresh_token")


def reseal_all() -> tuple[int, int]:
    """Renew every sealed token; return how many were renewed and how many no key opens any more.

    Safe to repeat and to run beside a refresh: a token that changed in between is left alone, since whoever wrote it
    used the newest key. What no key opens is dropped; it is worth nothing to anybody.
    """
    custody, counts = Custody.from_settings(), [0, 0]
    for sign_in in SignIn.objects.exclude(web_identity_token="", refresh_token="").iterator(chunk_size=200):
        for name in SEALED:
            sealed = getattr(sign_in, name)
            if sealed and custody.needs_resealing(sealed):
                counts[_reseal(custody, sign_in, name, sealed)] += 1
    return counts[0], counts[1]


def _reseal(custody: Custody, sign_in: SignIn, name: str, sealed: str) -> bool:
    """Renew one token; return True if it had to be dropped."""
    context = sign_in.context(name)
    try:
        renewed, lost = custody.seal(custody.open(sealed, context=context), context=context), False
    except Unsealable:
        renewed, lost = "", True
    SignIn.objects.filter(pk=sign_in.pk, **{name: sealed}).update(**{name: renewed})
    return lost


def reseal_factors() -> tuple[int, int]:
    """Renew every secret of a second factor; return how many were renewed and how many no key opens any more.

    Those stay: a person with a factor that cannot be read is no person without one. An administrator resets them.
    """
    counts = [0, 0]
    for factor_id in list(Authenticator.objects.filter(type__in=FACTORS).values_list("pk", flat=True)):
        with transaction.atomic():
            found = Authenticator.objects.select_for_update().filter(pk=factor_id).first()
            if found and Custody.from_settings().needs_resealing(found.data[FACTORS[found.type]]):
                counts[_reseal_factor(found)] += 1
    return counts[0], counts[1]


def _reseal_factor(authenticator: Authenticator) -> bool:
    """Renew one secret under the row's lock; return True if it cannot be opened."""
    custody, name, context = Custody.from_settings(), FACTORS[authenticator.type], context_of(authenticator.user_id)
    try:
        plain = custody.open(authenticator.data[name], context=context)
    except Unsealable:
        return True
    authenticator.data[name] = custody.seal(plain, context=context)
    authenticator.save(update_fields=["data"])
    return False
