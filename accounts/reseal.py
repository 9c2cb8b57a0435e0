"""Key rotation: seal with the newest key what an older one sealed."""

from accounts.custody import Custody, Unsealable
from accounts.models import SignIn

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
