"""Link an identity to the person who proved both; what either may do stays its own.

Sign-ins with it are theirs from now on: activity, ledger and second factors. No sign-in of the one gets rights of the
other, since rights are those of the sign-in.
"""

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from accounts.linking.models import UnlinkedIdentity
from accounts.linking.offer import Offer, check
from accounts.linking.owner import hold, name_otherwise, owner_of
from accounts.linking.proof import check_factor
from accounts.models import SignIn, User
from accounts.refusals import Reason, SignInRefused, subject_hash
from accounts.sessions import end_sign_in
from audit.record import Actor, record
from audit.tags import Tag


def link(*, sign_in: SignIn, offer: Offer, actor: Actor) -> None:
    """Make the offered identity the person's; raise SignInRefused where it cannot be.

    One that was another person's is moved: both were proven. That person's sign-ins with it end, and what they did
    stays theirs.
    """
    with transaction.atomic():
        mine, before = _held(sign_in, offer)
        _keep(offer, mine.user, before)
        if before is not None and before.pk == mine.user_id:
            return
        if before is not None:
            name_otherwise(before, offer.provider, offer.subject)
            end_all_with(before, offer.provider, offer.subject, actor)
        _record(sign_in, offer, before, actor)


def _held(sign_in: SignIn, offer: Offer) -> tuple[SignIn, User | None]:
    """Hold both people as they are until this is written: neither is switched off, nor sets up a factor, in between."""
    owner = owner_of(offer.provider, offer.subject)
    mine = hold(sign_in, owner)
    if mine is None or owner_of(offer.provider, offer.subject) != owner:
        raise SignInRefused(Reason.LINK_MEANWHILE, "the sign-in or the identity's owner changed", subject=offer.subject)
    if not mine.user.is_active:
        raise SignInRefused(Reason.INACTIVE, f"person {mine.user_id}")
    check_factor(mine)
    return mine, check(mine, offer.provider, offer.subject)


def end_all_with(user: User, provider: str, subject: str, actor: Actor) -> int:
    """End the person's live sign-ins that were made with this identity, and return how many."""
    made = SignIn.objects.filter(user=user, provider=provider, subject=subject, ended_at=None).select_related("user")
    live = made.defer("web_identity_token", "refresh_token")
    return sum(end_sign_in(sign_in=each, reason=SignIn.Ended.BY_PERSON, actor=actor) for each in live)


def _keep(offer: Offer, user: User, before: User | None) -> None:
    """Write whose the identity is; its address tells it apart on the person's page until it is used."""
    shown = {"email": offer.email, "name": offer.name}
    key = {"provider": offer.provider, "uid": offer.subject}
    theirs = SocialAccount.objects.filter(**key, user=before) if before else SocialAccount.objects.none()
    if not theirs.update(user=user, extra_data=shown):
        _create(user, key, shown)
    UnlinkedIdentity.objects.filter(provider=offer.provider, subject=offer.subject).delete()


def _create(user: User, key: dict[str, str], shown: dict[str, str]) -> None:
    try:
        with transaction.atomic():
            SocialAccount.objects.create(user=user, extra_data=shown, **key)
    except IntegrityError:
        raise SignInRefused(Reason.LINK_MEANWHILE, "somebody signed in with it", subject=key["uid"]) from None


def _record(sign_in: SignIn, offer: Offer, before: User | None, actor: Actor) -> None:
    record(
        Tag.IDENTITY_LINK,
        actor=actor,
        subject="person",
        subject_id=sign_in.user_id,
        with_provider=sign_in.provider,
        provider=offer.provider,
        email=offer.email,
        subject_hash=subject_hash(offer.provider, offer.subject),
        before=str(before.pk) if before else "",
        before_name=before.label if before else "",
    )
