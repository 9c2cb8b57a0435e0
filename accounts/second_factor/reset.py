"""An administrator takes all second factors from somebody whose devices are gone, or were stolen.

It also ends the person's sign-ins: what a factor proved for them is worth nothing any more, and the first factor of
the new set then wants a fresh sign-in at their provider.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from accounts.linking.models import UnlinkedIdentity
from accounts.linking.unlinked import has_no_factor, withheld_from
from accounts.models import SignIn, User
from accounts.refusals import subject_hash
from accounts.second_factor.change import forget_use
from accounts.second_factor.factors import kind_of, name_of
from accounts.sessions import actor_of, end_sign_in
from audit.record import record
from audit.tags import Tag


def reset(*, request: HttpRequest, user: User) -> int:
    """Remove every factor and the recovery codes, end every sign-in, and return how many of those there were.

    An identity of theirs that left somebody else's factors may have its own from now on.
    """
    actor = actor_of(request)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        found = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
        gone = [{"kind": str(kind_of(each)), "name": name_of(each)} for each in found]
        Authenticator.objects.filter(pk__in=[each.pk for each in found]).delete()
        forget_use(user, *SignIn.SecondFactor)
        has_no_factor(user)
        released = withheld_from(user)
        hashes = [subject_hash(each.provider, each.subject) for each in released]
        UnlinkedIdentity.objects.filter(pk__in=[each.pk for each in released]).delete()
        told: dict[str, Any] = {"person": user.label, "factors": gone, "identities_released": hashes}
        record(Tag.SECOND_FACTOR_RESET, actor=actor, subject="person", subject_id=user.pk, **told)
        live = SignIn.objects.filter(user=user, ended_at=None).select_related("user")
        reason = SignIn.Ended.BY_ADMINISTRATOR
        return sum(end_sign_in(sign_in=each, reason=reason, actor=actor) for each in live)
