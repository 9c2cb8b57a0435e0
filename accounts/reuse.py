"""Notice an address that changed hands: another account of the same provider had it before.

The new account is another person and has nothing of the old one's. But a mapping to ``user:`` names the address, and
whoever holds it now has what it gives; an administrator should know.
"""

from accounts.limits import DAY, PROVIDER, Limit, counted
from accounts.models import SignIn
from accounts.refusals import subject_hash
from audit.record import Actor, record
from audit.tags import Tag
from portal.http import reference

# A new client id at AD FS gives everybody a new subject: that is told of some people, not of thousands.
TOLD = Limit(
    "address_reuse",
    20,
    DAY,
    PROVIDER,
    "People whose address another account had before, as the ledger takes them down.",
)


def note_reuse(sign_in: SignIn, actor: Actor) -> None:
    """Write it on the ledger at the first sign-in of the account; call it in the transaction of the sign-in."""
    if not sign_in.email or not _is_first(sign_in) or not _had_before(sign_in):
        return
    if counted(TOLD, sign_in.provider).tries > TOLD.most:
        return
    record(
        Tag.IDENTITY_REUSE,
        actor=actor,
        subject="person",
        subject_id=sign_in.user_id,
        reference=reference(),
        provider=sign_in.provider,
        email=sign_in.email,
        subject_hash=subject_hash(sign_in.provider, sign_in.subject),
        text=f"{sign_in.email} is another account at {sign_in.provider_name} than before. "
        f"Mappings to user:{sign_in.email} now apply to this one.",
    )


def _is_first(sign_in: SignIn) -> bool:
    same = SignIn.objects.filter(user=sign_in.user_id, provider=sign_in.provider, subject=sign_in.subject)
    return not same.exclude(pk=sign_in.pk).exists()


def _had_before(sign_in: SignIn) -> bool:
    same_address = SignIn.objects.filter(provider=sign_in.provider, email=sign_in.email)
    return same_address.exclude(subject=sign_in.subject).exists()
