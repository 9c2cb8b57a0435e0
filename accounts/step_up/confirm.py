"""A second factor was used: the sign-in is worth more from now on, for a while."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.linking.owner import hold
from accounts.models import SignIn
from accounts.second_factor.factors import kind_of, name_of
from accounts.sessions import actor_of
from audit.record import record
from audit.tags import Tag


def confirm(*, request: HttpRequest, sign_in: SignIn, authenticator: Authenticator) -> bool:
    """Write down which factor was used, and rotate the session; return False when either is gone meanwhile."""
    now, kind = timezone.now(), kind_of(authenticator)
    with transaction.atomic():
        if hold(sign_in) is None or not Authenticator.objects.filter(pk=authenticator.pk).exists():
            return False
        live = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
        if not live.update(second_factor=kind, second_factor_at=now):
            return False
        authenticator.last_used_at = now
        authenticator.save(update_fields=["last_used_at"])
        told = {"kind": str(kind), "name": name_of(authenticator)}
        about = {"subject": "second_factor", "subject_id": authenticator.pk}
        record(Tag.SECOND_FACTOR_USE, actor=actor_of(request), **about, **told)
        record(Tag.SIGN_IN_STEP_UP, actor=actor_of(request), subject="sign_in", subject_id=sign_in.pk, by=str(kind))
    sign_in.second_factor, sign_in.second_factor_at = kind, now
    request.session.cycle_key()
    return True
