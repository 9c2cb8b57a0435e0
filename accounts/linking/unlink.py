"""Let an identity go: the next sign-in with it is somebody else's, its own or that of whom it was before."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.linking.link import end_all_with
from accounts.linking.owner import has_second_factors, hold, identities_of, is_of, name_otherwise
from accounts.linking.proof import check_factor
from accounts.linking.unlinked import note_unlinked
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused, subject_hash
from audit.record import Actor, record
from audit.tags import Tag


def unlink(*, sign_in: SignIn, account: SocialAccount, actor: Actor) -> None:
    """Take an identity from the person and end the sign-ins made with it.

    Raise SignInRefused for the identity of this very sign-in and for the last one: nobody locks themselves out.
    """
    with transaction.atomic():
        person = _held(sign_in, account)
        account.delete()
        name_otherwise(person, account.provider, account.uid)
        has_factors = has_second_factors(person)
        if has_factors:
            note_unlinked(person, account.provider, account.uid)
        ended = end_all_with(person, account.provider, account.uid, actor)
        record(
            Tag.IDENTITY_UNLINK,
            actor=actor,
            subject="person",
            subject_id=person.pk,
            provider=account.provider,
            subject_hash=subject_hash(account.provider, account.uid),
            sign_ins_ended=ended,
            second_factors="kept from it" if has_factors else "none",
        )


def _held(sign_in: SignIn, account: SocialAccount) -> User:
    """Lock the person, so that two tabs take one at a time, and make sure that this identity may go."""
    mine = hold(sign_in)
    if mine is None or not identities_of(mine.user_id).filter(pk=account.pk).exists():
        raise SignInRefused(Reason.LINK_MEANWHILE, "the sign-in ended, or the identity is gone", subject=account.uid)
    check_factor(mine)
    if is_of(mine, account) or identities_of(mine.user_id).count() < 2:
        raise SignInRefused(Reason.UNLINK_LAST, "it is the one of this sign-in, or the last", subject=account.uid)
    return mine.user
