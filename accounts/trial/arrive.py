"""A trial came back: look at it as a sign-in would, keep nothing but what the administrator sees."""

from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.identity import Identity
from accounts.journey import Journey, Purpose
from accounts.linking.owner import owner_of
from accounts.providers import Provider, configured
from accounts.refusals import Reason, SignInRefused, subject_hash
from accounts.refuse import ANSWERS, page
from accounts.scim.standing import principals_with, standing_of
from accounts.sessions import actor_of, current_sign_in
from accounts.trial.outcome import LASTS, MOST_GROUPS, Outcome, keep, shown_claims
from audit.record import record
from audit.tags import Tag
from portal.http import reference

MAY_TRY: Final = "accounts.try_provider"
PAGE: Final = "admin:accounts_provider_tried"


def arrive(*, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Show who came back. No account, no sign-in and no session is touched; raise SignInRefused as a sign-in would."""
    if not request.user.has_perm(MAY_TRY):
        raise SignInRefused(Reason.STATE, "no administrator any more", subject=identity.subject)
    provider, mark = configured()[identity.provider], reference()
    principals, problem = as_the_directory_says(provider, identity)
    person = known_person(identity)
    keep(
        request,
        Outcome(
            **_frame(request, provider, mark),
            email=identity.email,
            name=identity.name,
            subject=identity.subject,
            person=person,
            principals=tuple(principals),
            groups=identity.groups[:MOST_GROUPS],
            groups_problem=problem,
            groups_detail=identity.groups_detail,
            claims=shown_claims(identity.asserted),
            notes=tuple(notes(provider, identity)),
        ),
    )
    record(
        Tag.PROVIDER_TRY,
        actor=actor_of(request),
        subject="provider",
        subject_id=provider.slug,
        reference=mark,
        provider=provider.slug,
        outcome="passed",
        subject_hash=subject_hash(identity.provider, identity.subject),
        principals=len(principals),
    )
    return redirect(PAGE)


def refused(request: HttpRequest, provider: Provider, refusal: SignInRefused, mark: str) -> HttpResponse:
    """Tell the administrator exactly what a stranger is not told; anybody else gets the page that strangers get."""
    if current_sign_in(request) is None or not request.user.has_perm(MAY_TRY):
        return page(request, provider, refusal, mark)
    found = Outcome(**_frame(request, provider, mark), reason=str(refusal.reason), detail=refusal.detail)
    keep(request, found)
    return redirect(PAGE)


def as_the_directory_says(provider: Provider, identity: Identity) -> tuple[list[str], str]:
    """Return principals and the groups' problem as a sign-in would get them; raise SignInRefused for who left."""
    if not provider.scim_token:
        return identity.principals, identity.groups_problem
    standing = standing_of(provider, identity)
    if standing.refusal:
        raise SignInRefused(standing.refusal, standing.detail, subject=identity.subject)
    if provider.groups_from != "scim":
        return identity.principals, identity.groups_problem
    return principals_with(provider, identity.principals, standing.groups), standing.groups_problem


def known_person(identity: Identity) -> str:
    """Say who this is to the portal; raise SignInRefused for a person who is switched off."""
    owner = owner_of(identity.provider, identity.subject)
    if owner is None:
        return "Nobody yet: the first sign-in makes a new person."
    if not owner.is_active:
        raise SignInRefused(Reason.INACTIVE, f"person {owner.pk}", subject=identity.subject)
    return f"{owner.label}, known since {owner.created_at:%d %B %Y}."


def notes(provider: Provider, identity: Identity) -> Iterator[str]:
    """Say what works with this identity and what does not, beyond the roles."""
    if not identity.email:
        domains = ", ".join(sorted(provider.domains)) or "it speaks for no domain"
        yield f"No address that this provider vouches for ({domains}): no user: and no domain: principal."
    if identity.authentication_asserted:
        yield f"It says when the person authenticated: {identity.authenticated_at:%d %B %Y, %H:%M:%S} UTC."
    elif provider.can_reauthenticate:
        yield "It does not say when the person authenticated, so it cannot be used to step up or to link."
    else:
        yield "It cannot ask people to sign in again: they step up by a second factor, and link without that."
    yield _of_token(identity)
    renews = "It gave a refresh token" if identity.refresh_token else "It gave no refresh token"
    yield f"{renews}: sign-ins {'are renewed' if identity.refresh_token else 'end when they must be confirmed'}."


def _of_token(identity: Identity) -> str:
    until = identity.web_identity_token_expires_at
    if not identity.web_identity_token or until is None:
        return "It gave no token for AWS's web identity: only roles by AssumeRole can be taken."
    minutes = int((until - timezone.now()).total_seconds() // 60)
    return f"It gave a token for AWS's web identity, good for {minutes} minutes."


def _frame(request: HttpRequest, provider: Provider, mark: str) -> dict[str, Any]:
    mine = current_sign_in(request)
    until = (timezone.now() + LASTS).timestamp()
    return {
        "provider": provider.slug,
        "reference": mark,
        "sign_in": str(mine.pk) if mine else "",
        "until": until,
    }


ANSWERS[Purpose.TRY] = refused
