"""Link an identity to the person who proved both; what either may do stays its own.

Sign-ins with it are theirs from now on: activity, ledger and second factors. No sign-in of the one gets rights of the
other, since rights are those of the sign-in.
"""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.linking.offer import Offer, check
from accounts.linking.owner import name_otherwise, owner_of
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
        person = lock(sign_in.user_id, owner_of(offer.provider, offer.subject))
        before = check(sign_in, offer.provider, offer.subject)
        is_new = before is None or before.pk != person.pk
        _keep(offer, person)
        if before is not None and is_new:
            name_otherwise(before, offer.provider, offer.subject)
            end_all_with(before, offer.provider, offer.subject, actor)
        if is_new:
            _record(sign_in, offer, before, actor)


def lock(user_id: int, owner: User | None) -> User:
    """Hold both people as they are until this is written, so that neither is switched off in between."""
    held = User.objects.select_for_update().filter(pk__in={user_id, owner.pk if owner else user_id}).order_by("pk")
    person = next(each for each in held if each.pk == user_id)
    if not person.is_active:
        raise SignInRefused(Reason.INACTIVE, f"person {person.pk}")
    return person


def end_all_with(user: User, provider: str, subject: str, actor: Actor) -> int:
    """End the person's live sign-ins that were made with this identity, and return how many."""
    made = SignIn.objects.filter(user=user, provider=provider, subject=subject, ended_at=None).select_related("user")
    live = made.defer("web_identity_token", "refresh_token")
    return sum(end_sign_in(sign_in=each, reason=SignIn.Ended.BY_PERSON, actor=actor) for each in live)


def _keep(offer: Offer, user: User) -> None:
    """Write whose the identity is; its address tells it apart on the person's page until it is used."""
    shown = {"email": offer.email, "name": offer.name}
    key = {"provider": offer.provider, "uid": offer.subject}
    SocialAccount.objects.update_or_create(**key, defaults={"user": user, "extra_data": shown})


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
