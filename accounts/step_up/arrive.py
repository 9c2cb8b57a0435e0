"""Somebody came back from their provider, who was to ask them again: did it, and were they the same?

accounts.arrive has made sure that the sign-in which set out is the one that came back, and that it lives.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.custody import Custody
from accounts.identity import Identity
from accounts.journey import Journey
from accounts.models import SignIn
from accounts.refusals import Reason, SignInRefused
from accounts.scim.standing import admitted
from accounts.sessions import actor_of, sign_in_of
from audit.record import record
from audit.tags import Tag
from portal.times import moment

CLOCKS = timedelta(seconds=60)


def arrive(*, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Write down when the provider says that the person authenticated, and all else that it says of them now.

    Raise SignInRefused if it is another person's word, or an old one; the sign-in then stays as it was.
    """
    sign_in = sign_in_of(request)
    if (identity.provider, identity.subject) != (sign_in.provider, sign_in.subject):
        raise SignInRefused(Reason.STEP_UP_OTHER, "another account than that of the sign-in", subject=identity.subject)
    _check_age(identity, journey)
    _renew(request, sign_in, identity)
    request.session.cycle_key()
    return redirect(journey.next or "/")


def _check_age(identity: Identity, journey: Journey) -> None:
    """Refuse a provider that did not ask again, or does not say when (OpenID Connect Core, section 3.1.2.1)."""
    if not identity.authentication_asserted:
        raise SignInRefused(Reason.STEP_UP_OLD, "the provider does not say when", subject=identity.subject)
    began_at = moment(journey.began_at)
    if identity.authenticated_at < began_at - CLOCKS:
        early = int((began_at - identity.authenticated_at).total_seconds())
        raise SignInRefused(Reason.STEP_UP_OLD, f"authenticated {early} seconds before", subject=identity.subject)


def _renew(request: HttpRequest, sign_in: SignIn, identity: Identity) -> None:
    """Replace rights and tokens by what the provider says now: a group that is gone is gone from here on."""
    with transaction.atomic():
        identity = admitted(identity)
        before, after = set(sign_in.principals), set(identity.principals)
        rights = _rights(sign_in, identity)
        live = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
        if not live.update(**rights, **_sealed(sign_in, identity)):
            raise SignInRefused(Reason.STATE, "the sign-in ended meanwhile", subject=identity.subject)
        record(
            Tag.SIGN_IN_STEP_UP,
            actor=actor_of(request),
            subject="sign_in",
            subject_id=sign_in.pk,
            by="provider",
            provider=sign_in.provider,
            gained=sorted(after - before),
            lost=sorted(before - after),
            **identity.groups_told,
        )
    for name, value in rights.items():
        setattr(sign_in, name, value)


def _rights(sign_in: SignIn, identity: Identity) -> dict[str, Any]:
    return {
        "principals": identity.principals,
        "email": identity.email,
        "claims": identity.claims,
        "groups_problem": identity.groups_problem,
        "provider_session": identity.provider_session or sign_in.provider_session,
        "name_id": identity.name_id or sign_in.name_id,
        "authenticated_at": identity.authenticated_at,
        "authentication_asserted": True,
        "refreshed_at": timezone.now(),
    }


def _sealed(sign_in: SignIn, identity: Identity) -> dict[str, Any]:
    """Return the columns of the tokens that came; what did not come stays as it was."""
    seal, columns = Custody.from_settings().seal, {}
    for name in ("web_identity_token", "refresh_token"):
        if token := getattr(identity, name):
            columns[name] = seal(token, context=sign_in.context(name))
    expires_at = {"web_identity_token_expires_at": identity.web_identity_token_expires_at}
    return {**columns, **(expires_at if "web_identity_token" in columns else {})}
