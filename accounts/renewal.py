"""Ask the provider again who this is: new tokens, and the rights of today, for a sign-in.

By one process at a time: a refresh token may be good once only. No transaction is open while the provider is asked,
and no request is needed, so pages and Celery do the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import pauses
from accounts.custody import Custody, Unsealable
from accounts.identity import Identity
from accounts.models import SignIn
from accounts.oidc.grants import Answer, identify, identify_by_userinfo, refresh
from accounts.providers import Kind, OpenIdProvider, Provider, SocialProvider, configured
from accounts.refusals import Reason, SignInRefused
from accounts.scim.standing import admitted
from accounts.sessions import end_sign_in
from accounts.social import grants as social
from audit.record import Actor, Origin, record
from audit.tags import Tag

# Longer than the provider is waited for: discovery, keys, token and userinfo, ten seconds each; five for groups.
LEASE = timedelta(seconds=60)
# What a refresh can be refused for that says: this person is none of ours any more.
GONE = dict.fromkeys((Reason.CODE, Reason.WITHDRAWN, Reason.DOMAIN, Reason.EMAIL), SignIn.Ended.PROVIDER)
GONE |= dict.fromkeys((Reason.LEFT, Reason.NOT_IN_DIRECTORY), SignIn.Ended.LEFT)
# What says nothing of this person, but that nobody need ask this provider for a while.
IN_TROUBLE = {Reason.UNAVAILABLE, Reason.CLIENT, Reason.DISCOVERY, Reason.ANSWER}


class TokenUnavailable(Exception):
    """There is no usable token. ``sentence`` is for the person; by ``code`` one tells signing in from waiting."""

    code = "SignInOver"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ProviderUnreachable(TokenUnavailable):
    """The provider could not be asked, or gave no good answer; the sign-in itself goes on."""

    code = "ProviderUnreachable"


class SignInEnded(TokenUnavailable):
    """The sign-in is over, and with it every token."""

    def __init__(self) -> None:
        super().__init__("Your sign-in has ended. Sign in again.")


@dataclass(frozen=True)
class Held:
    """What the database holds of a sign-in's tokens at this moment, still sealed."""

    web_identity_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    web_identity_token_expires_at: datetime | None
    refreshed_at: datetime | None
    ended_at: datetime | None
    principals: list[str]
    email: str

    def lasts(self, least: timedelta) -> bool:
        expires_at = self.web_identity_token_expires_at
        return bool(self.web_identity_token and expires_at and expires_at - timezone.now() > least)


def read(sign_in: SignIn) -> Held:
    """Return what the database holds now, in one query; raise SignInEnded.

    The instance gets the rights that go with the token: somebody else may have renewed both.
    """
    tokens = ("web_identity_token", "refresh_token", "web_identity_token_expires_at", "refreshed_at")
    held = Held(*SignIn.objects.values_list(*tokens, "ended_at", "principals", "email").get(pk=sign_in.pk))
    if held.ended_at is not None:
        raise SignInEnded
    sign_in.principals, sign_in.email = held.principals, held.email
    return held


def opened(sign_in: SignIn, what: str, sealed: str) -> str:
    try:
        return Custody.from_settings().open(sealed, context=sign_in.context(what))
    except Unsealable as error:
        raise TokenUnavailable("The key that kept your sign-in's token is gone. Sign in again.") from error


@contextmanager
def lease(sign_in: SignIn) -> Iterator[bool]:
    """Let the database pick one who renews, and give back what was taken; False while another holds it."""
    until = _take_lease(sign_in)
    try:
        yield until is not None
    finally:
        if until:
            SignIn.objects.filter(pk=sign_in.pk, refresh_leased_until=until).update(refresh_leased_until=None)


def _take_lease(sign_in: SignIn) -> datetime | None:
    now = timezone.now()
    free = Q(refresh_leased_until=None) | Q(refresh_leased_until__lte=now)
    until = now + LEASE
    won = SignIn.objects.filter(free, pk=sign_in.pk, ended_at=None).update(refresh_leased_until=until)
    return until if won else None


def renew(sign_in: SignIn, held: Held) -> None:
    """Ask the provider, and replace tokens and rights by what it says now, in the database and on the instance.

    Call it under the lease. Raise SignInEnded when the provider withdrew the sign-in, ProviderUnreachable when it
    could not be asked, TokenUnavailable when there is nothing to ask with. An answer that says nothing of the
    person's rights stores the new refresh token and changes nothing else.
    """
    provider = configured().get(sign_in.provider)
    if provider is None or type(provider) not in ASKING:
        raise TokenUnavailable("Your identity provider is not set up here any more. Sign in with another.")
    token = opened(sign_in, "refresh_token", held.refresh_token)
    try:
        said = ASKING[type(provider)](sign_in, provider, token)
        pauses.resume(sign_in.provider, str(sign_in.pk))
        if said.identity is None:
            _keep(sign_in, said)
        else:
            _store(sign_in, said.identity)
    except SignInRefused as refusal:
        raise _refused(sign_in, refusal) from refusal


def askable() -> list[str]:
    """Return the slugs of the providers that can be asked without the person; by SAML none can."""
    return [slug for slug, provider in configured().items() if type(provider) in ASKING]


@dataclass(frozen=True)
class Said:
    """What a provider said: of the person, if anything, and what to ask it with next time, if anything is left."""

    identity: Identity | None
    refresh_token: str = field(repr=False)


def _ask_openid(sign_in: SignIn, provider: Any, token: str) -> Said:
    answer = refresh(provider, refresh_token=token)
    return Said(_identity(sign_in, provider, answer), answer.refresh_token)


def _ask_social(sign_in: SignIn, provider: Any, token: str) -> Said:
    """Ask Amazon by its refresh token, Facebook by its access token; the end of that says nothing of the person."""
    try:
        identity = social.renew(provider, ask_again=token)
    except SignInRefused as refusal:
        if provider.kind is not Kind.FACEBOOK or refusal.reason is not Reason.EXPIRED:
            raise
        return Said(None, "")
    return Said(_same_person(sign_in, identity), identity.refresh_token)


def _identity(sign_in: SignIn, provider: OpenIdProvider, answer: Answer) -> Identity | None:
    """Return who the answer says this is; None when it does not tell enough to replace rights by.

    A provider need not send an ID token with a refresh (OpenID Connect Core, section 12.2); then userinfo is asked.
    """
    if answer.id_token is None:
        return identify_by_userinfo(provider, answer, subject=sign_in.subject, known=sign_in.principals)
    return _same_person(sign_in, identify(provider, answer, nonce=None))


def _same_person(sign_in: SignIn, identity: Identity) -> Identity:
    if identity.subject != sign_in.subject:
        raise SignInRefused(Reason.SUBJECT, "the renewed token speaks of another subject")
    return identity


ASKING: dict[type[Provider], Callable[[SignIn, Any, str], Said]] = {
    OpenIdProvider: _ask_openid,
    SocialProvider: _ask_social,
}


@transaction.atomic
def _refused(sign_in: SignIn, refusal: SignInRefused) -> TokenUnavailable:
    """End the sign-in when the provider withdrew it; else let both have a rest before the next time."""
    _record(sign_in, outcome="refused", reason=str(refusal.reason), detail=refusal.detail)
    if refusal.reason in GONE:
        end_sign_in(sign_in=sign_in, reason=GONE[refusal.reason])
        return SignInEnded()
    in_trouble = refusal.reason in IN_TROUBLE
    pauses.pause_after_failure(sign_in=str(sign_in.pk), provider=sign_in.provider, in_trouble=in_trouble)
    return ProviderUnreachable(
        f"{sign_in.provider_name} cannot renew your sign-in at the moment. Try again, or sign in again."
    )


def _keep(sign_in: SignIn, said: Said) -> None:
    """Keep a refresh token that was rotated. The provider has confirmed no right, so no time is won."""
    pauses.pause(str(sign_in.pk))
    seal, again = Custody.from_settings().seal, said.refresh_token
    sealed = seal(again, context=sign_in.context("refresh_token")) if again else ""
    SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(refresh_token=sealed)


def _store(sign_in: SignIn, identity: Identity) -> None:
    """Replace tokens and rights by what the provider says now; a sign-in that ended meanwhile gets nothing back."""
    with transaction.atomic():
        identity = admitted(identity)
        before, after = set(sign_in.principals), set(identity.principals)
        rights: dict[str, Any] = {"principals": identity.principals, "email": identity.email, "claims": identity.claims}
        rights |= {"groups_problem": identity.groups_problem, "refreshed_at": timezone.now()}
        live = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
        if not live.update(**rights, **_sealed(sign_in, identity)):
            raise SignInEnded
        changes = {"gained": sorted(after - before), "lost": sorted(before - after)}
        _record(sign_in, outcome="renewed", **changes, **identity.groups_told)
    for name, value in rights.items():
        setattr(sign_in, name, value)


def _sealed(sign_in: SignIn, identity: Identity) -> dict[str, Any]:
    seal = Custody.from_settings().seal
    tokens: dict[str, Any] = {
        "refresh_token": seal(identity.refresh_token, context=sign_in.context("refresh_token")),
    }
    if identity.web_identity_token:
        context = sign_in.context("web_identity_token")
        tokens["web_identity_token"] = seal(identity.web_identity_token, context=context)
        tokens["web_identity_token_expires_at"] = identity.web_identity_token_expires_at
    return tokens


def _record(sign_in: SignIn, **details: Any) -> None:
    origin = Origin(address=sign_in.address, user_agent=sign_in.user_agent)
    actor = Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk, origin)
    record(
        Tag.SIGN_IN_REFRESH,
        actor=actor,
        subject="sign_in",
        subject_id=sign_in.pk,
        provider=sign_in.provider,
        **details,
    )
