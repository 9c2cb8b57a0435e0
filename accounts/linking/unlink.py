"""Let an identity go: the next sign-in with it is somebody else's, its own or that of whom it was before."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.linking.link import end_all_with
from accounts.linking.owner import identities_of, is_of, name_otherwise
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused, subject_hash
from audit.record import Actor, record
from audit.tags import Tag


def unlink(*, sign_in: SignIn, account: SocialAccount, actor: Actor) -> None:
    """Take an identity from the person and end the sign-ins made with it.

    Raise SignInRefused for the identity of this very sign-in and for the last one: nobody locks themselves out.
    """
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=sign_in.user_id)  # two tabs take one at a time
        if is_of(sign_in, account) or identities_of(person).count() < 2:
            raise SignInRefused(Reason.UNLINK_LAST, "it is the one of this sign-in, or the last", subject=account.uid)
        account.delete()
        name_otherwise(person, account.provider, account.uid)
        ended = end_all_with(person, account.provider, account.uid, actor)
        record(
            Tag.IDENTITY_UNLINK,
            actor=actor,
            subject="person",
            subject_id=person.pk,
            provider=account.provider,
            subject_hash=subject_hash(account.provider, account.uid),
            sign_ins_ended=ended,
        )
