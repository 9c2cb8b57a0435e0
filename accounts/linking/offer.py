"""An identity that a signed-in person has just proven to be theirs, and may now link or not.

It waits in the browser's session until they have read both names and pressed the button: a page that lured them to the
provider cannot press it for them, and nothing is linked that they did not see.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.identity import CLOCKS, Identity
from accounts.journey import Journey
from accounts.labels import label
from accounts.linking.owner import has_second_factors, name_by, owner_of
from accounts.linking.unlinked import unlinked
from accounts.models import SignIn, User
from accounts.providers import configured, name_of
from accounts.refusals import Reason, SignInRefused
from accounts.sessions import current_sign_in, sign_in_of

KEY: Final = "identity_offer"
LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Offer:
    """``mark`` tells one offer from another; ``sign_in`` is the one that set out; ``until`` is Unix time."""

    mark: str
    provider: str
    subject: str
    email: str
    name: str
    sign_in: str
    until: float

    @property
    def provider_name(self) -> str:
        return name_of(self.provider)

    @property
    def label(self) -> str:
        return label(address=self.email, name=self.name, identity=name_by(self.provider, self.subject))


def offer(*, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Keep the identity that came back for the page that asks; raise SignInRefused where it cannot be linked."""
    mine = sign_in_of(request)  # accounts.arrive has refused everybody else
    check_proof(identity, journey)
    check(mine, identity.provider, identity.subject)
    kept = Offer(
        mark=secrets.token_urlsafe(16),
        provider=identity.provider,
        subject=identity.subject,
        email=identity.email,
        name=identity.name,
        sign_in=str(mine.pk),
        until=(timezone.now() + LASTS).timestamp(),
    )
    request.session[KEY] = asdict(kept)
    return redirect("accounts:link")


def check_proof(identity: Identity, journey: Journey) -> None:
    """Refuse a sign-in that only remembered somebody, where the provider can ask for credentials and say so."""
    if not configured()[identity.provider].can_reauthenticate:
        return
    began = journey.began_at - CLOCKS.total_seconds()
    if not identity.authentication_asserted or identity.authenticated_at.timestamp() < began:
        raise SignInRefused(Reason.NOT_ANEW, "auth_time is missing or too old", subject=identity.subject)


def check(mine: SignIn, provider: str, subject: str) -> User | None:
    """Return whose the identity is now; raise SignInRefused when the person of ``mine`` cannot have it."""
    before, owner = unlinked(provider, subject), owner_of(provider, subject)
    if before is not None and not (before.person_id == mine.user_id and has_second_factors(mine.user)):
        raise SignInRefused(Reason.LINK_UNLINKED, f"it left the factors of person {before.person_id}", subject=subject)
    if owner is None or owner.pk == mine.user_id:
        return owner
    if not owner.is_active:
        raise SignInRefused(Reason.LINK_INACTIVE, f"person {owner.pk} may not sign in", subject=subject)
    if has_second_factors(owner):
        raise SignInRefused(Reason.LINK_FACTORS, f"person {owner.pk} has second factors", subject=subject)
    return owner


def take(request: HttpRequest, mark: str) -> Offer | None:
    """Take this offer out of the session; None for another one, or one of another sign-in, or one too old."""
    kept = waiting(request)
    if kept is None or not secrets.compare_digest(kept.mark, mark):
        return None
    del request.session[KEY]
    return kept


def waiting(request: HttpRequest) -> Offer | None:
    """Return the offer that waits for an answer under this sign-in, if any."""
    mine, kept = current_sign_in(request), request.session.get(KEY)
    found = Offer(**kept) if kept else None
    lasts = found is not None and found.until > timezone.now().timestamp()
    return found if lasts and found and mine and found.sign_in == str(mine.pk) else None
