"""Changes of somebody's second factors: each with its ledger event, in one transaction."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from accounts.linking.unlinked import has_no_factor
from accounts.models import SignIn, User
from accounts.second_factor.factors import authenticators_of, kind_of, name_of
from accounts.sessions import actor_of
from audit.record import record
from audit.tags import Tag


def tell(tag: Tag, *, request: HttpRequest, authenticator: Authenticator, **details: str) -> None:
    """Write down what happened to a factor."""
    told = {"kind": str(kind_of(authenticator)), "name": name_of(authenticator), **details}
    person = authenticator.user.label
    about = {"subject": "second_factor", "subject_id": authenticator.pk}
    record(tag, actor=actor_of(request), **about, person=person, **told)


def rename(*, request: HttpRequest, authenticator: Authenticator, name: str) -> None:
    """Call a factor something else."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)  # its data count tries, too
        before = name_of(held)
        held.data["name"] = name
        held.save(update_fields=["data"])
        tell(Tag.SECOND_FACTOR_RENAME, request=request, authenticator=held, before=before)


def remove(*, request: HttpRequest, authenticator: Authenticator) -> None:
    """Remove a passkey or an app; the caller holds the person. Recovery codes go with the last: they stand for nothing.

    What the factor proved for sign-ins that live is worth nothing any more.
    """
    user = authenticator.user
    with transaction.atomic():
        tell(Tag.SECOND_FACTOR_REMOVE, request=request, authenticator=authenticator)
        forget_use(user, kind_of(authenticator))
        authenticator.delete()
        if not authenticators_of(user).exists():
            Authenticator.objects.filter(user=user).delete()
            has_no_factor(user)


def forget_use(user: User, *kinds: SignIn.SecondFactor) -> None:
    """Let no live sign-in of the person count as confirmed by these."""
    confirmed = SignIn.objects.filter(user=user, ended_at=None, second_factor__in=kinds)
    confirmed.update(second_factor="", second_factor_at=None)
