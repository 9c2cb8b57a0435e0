"""Start a sign-in: the row that web session and tools will hang on."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.custody import Custody
from accounts.identity import Identity
from accounts.kept import forget_all
from accounts.linking.owner import name_by
from accounts.models import SignIn, User
from accounts.reuse import note_reuse
from accounts.sessions import SIGN_IN_KEY, actor_of, current_sign_in, end_sign_in
from audit.record import record
from audit.tags import Tag
from portal.http import client_address, user_agent

# The session outlives the sign-in, which alone is worth something: who comes back after a weekend is told why it ended.
AFTERWARDS = timedelta(days=3)


def start_sign_in(
    *, request: HttpRequest, user: User, identity: Identity, longest: timedelta | None = None, tag: Tag | None = None
) -> SignIn:
    """Write the sign-in and its ledger event, and end the one that this browser had before.

    ``longest`` shortens the absolute limit; the session id was rotated by Django's login before.
    """
    now = timezone.now()
    with transaction.atomic():
        _replace(request)
        sign_in = SignIn(user=user, **_row(request, identity, now, longest))
        _seal(sign_in, identity)
        sign_in.save(force_insert=True)
        _rename(user, identity)
        forget_all(request.session)  # accounts.admit gives back what is the same person's
        request.session[SIGN_IN_KEY] = str(sign_in.pk)
        request.session.set_expiry(sign_in.expires_at + AFTERWARDS)
        request.sign_in = sign_in  # type: ignore[attr-defined]  # declared by SignInMiddleware
        record(
            tag or Tag.SIGN_IN_START,
            actor=actor_of(request),
            subject="sign_in",
            subject_id=sign_in.pk,
            provider=identity.provider,
            principals=len(identity.principals),
            **identity.groups_told,
        )
        note_reuse(sign_in, actor_of(request))
    return sign_in


def _row(request: HttpRequest, identity: Identity, now: datetime, longest: timedelta | None) -> dict[str, Any]:
    return {
        "provider": identity.provider,
        "subject": identity.subject,
        "email": identity.email,
        "principals": identity.principals,
        "groups_problem": identity.groups_problem,
        "provider_session": identity.provider_session,
        "name_id": identity.name_id,
        "claims": identity.claims,
        "authenticated_at": identity.authenticated_at,
        "authentication_asserted": identity.authentication_asserted,
        "started_at": now,
        "last_seen_at": now,
        "expires_at": now + (longest or timedelta(seconds=settings.DAYPASS_SESSION_MAX)),
        "address": client_address(request),
        "user_agent": user_agent(request),
    }


def _replace(request: HttpRequest) -> None:
    previous = current_sign_in(request)
    if previous:
        end_sign_in(sign_in=previous, reason=SignIn.Ended.REPLACED, actor=actor_of(request))


def _seal(sign_in: SignIn, identity: Identity) -> None:
    """Put the tokens into custody, bound to this row."""
    custody = Custody.from_settings()
    if identity.web_identity_token:
        sign_in.web_identity_token = custody.seal(
            identity.web_identity_token, context=sign_in.context("web_identity_token")
        )
        sign_in.web_identity_token_expires_at = identity.web_identity_token_expires_at
    if identity.refresh_token:
        sign_in.refresh_token = custody.seal(identity.refresh_token, context=sign_in.context("refresh_token"))


def _rename(user: User, identity: Identity) -> None:
    """Call the person what their provider calls them today; who they are does not change with it.

    A further identity that they linked does not rename them: the list of people would change with each sign-in.
    """
    is_linked = user.username != name_by(identity.provider, identity.subject)
    if is_linked and (user.email or user.name):
        return
    if (user.email, user.name) != (identity.email, identity.name):
        user.email, user.name = identity.email, identity.name
        user.save(update_fields=["email", "name"])
