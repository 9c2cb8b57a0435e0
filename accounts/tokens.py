"""The ID token of a sign-in, fresh enough to hand to AWS.

A token with less than five minutes left is renewed first, by one process at a time: refresh tokens may be good once
only. Whoever finds a renewal under way uses the present token if it will do, else waits for the new one. No
transaction is open while the provider is asked, and no request is needed, so Celery may call this as well.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.custody import Custody, Unsealable
from accounts.identity import Identity
from accounts.models import SignIn
from accounts.oidc.grants import Answer, identify, refresh
from accounts.providers import openid
from accounts.refusals import Reason, SignInRefused
from accounts.sessions import end_sign_in
from audit.record import Actor, Origin, record
from audit.tags import Tag

FRESH, USABLE = timedelta(minutes=5), timedelta(seconds=60)
# Longer than the provider is waited for: discovery, keys, token and userinfo, ten seconds each.
LEASE = timedelta(seconds=60)
WAIT, LOOK_AGAIN = 15.0, 0.1
# What a refresh can be refused for that says: this person is none of ours any more.
GONE = {Reason.CODE, Reason.DOMAIN, Reason.EMAIL}


class TokenUnavailable(Exception):
    """There is no usable ID token. ``sentence`` is for the person; by ``code`` one tells signing in from waiting."""

    code = "SignInOver"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ProviderUnreachable(TokenUnavailable):
    """The provider could not be asked for a new token; the sign-in itself goes on."""

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

    def lasts(self, least: timedelta) -> bool:
        expires_at = self.web_identity_token_expires_at
        return bool(self.web_identity_token and expires_at and expires_at - timezone.now() > least)


@dataclass(frozen=True)
class Need:
    """What token will do: any that lasts, or only one renewed since then, because AWS turned the present one down."""

    since: datetime | None = None

    def is_met(self, held: Held) -> bool:
        renewed = self.since is None or (held.refreshed_at is not None and held.refreshed_at >= self.since)
        return renewed and held.lasts(FRESH)

    def can_do_with(self, held: Held) -> bool:
        return self.since is None and held.lasts(USABLE)


def web_identity_token_for(*, sign_in: SignIn, renewed: bool = False) -> str:
    """Return the ID token as its provider signed it; refresh it first when it is about to expire.

    ``renewed`` refreshes in any case, for when AWS does not take the present one. A refresh also replaces
    ``principals`` and ``email`` of the sign-in, in the database and on the instance, by what the provider says now.
    Raise SignInEnded when the sign-in is over or the provider withdrew it, ProviderUnreachable when the provider
    cannot be asked, TokenUnavailable when there is no token that AWS would still take.
    """
    need, deadline = Need(timezone.now() if renewed else None), time.monotonic() + WAIT
    while True:
        held = read(sign_in)
        if need.is_met(held):
            return opened(sign_in, held)
        if not held.refresh_token:
            return present(sign_in, held, need)
        lease = take_lease(sign_in)
        if lease:
            return under_lease(sign_in, lease, need)
        if need.can_do_with(held):
            return opened(sign_in, held)
        if time.monotonic() > deadline:
            raise ProviderUnreachable("Your identity provider takes too long to renew your sign-in. Try again.")
        time.sleep(LOOK_AGAIN)


def read(sign_in: SignIn) -> Held:
    """Return what the database holds now, in one query; raise SignInEnded."""
    columns = ("web_identity_token", "refresh_token", "web_identity_token_expires_at", "refreshed_at", "ended_at")
    held = Held(*SignIn.objects.values_list(*columns).get(pk=sign_in.pk))
    if held.ended_at is not None:
        raise SignInEnded
    return held


def present(sign_in: SignIn, held: Held, need: Need) -> str:
    """Return the token that there is, if AWS would still take it."""
    if not held.web_identity_token:
        raise TokenUnavailable("This sign-in has no ID token. Sign in with your identity provider.")
    if not need.can_do_with(held):
        raise TokenUnavailable("Your identity provider's token has expired and cannot be renewed. Sign in again.")
    return opened(sign_in, held)


def opened(sign_in: SignIn, held: Held) -> str:
    return _open(sign_in, "web_identity_token", held.web_identity_token)


def _open(sign_in: SignIn, what: str, sealed: str) -> str:
    try:
        return Custody.from_settings().open(sealed, context=sign_in.context(what))
    except Unsealable as error:
        raise TokenUnavailable("The key that kept your sign-in's token is gone. Sign in again.") from error


def take_lease(sign_in: SignIn) -> datetime | None:
    """Let the database pick one who renews; return the lease, or None while another holds it."""
    now = timezone.now()
    free = Q(refresh_leased_until=None) | Q(refresh_leased_until__lte=now)
    until = now + LEASE
    won = SignIn.objects.filter(free, pk=sign_in.pk, ended_at=None).update(refresh_leased_until=until)
    return until if won else None


def under_lease(sign_in: SignIn, lease: datetime, need: Need) -> str:
    """Renew under the lease and give it back, whatever happens."""
    try:
        held = read(sign_in)  # somebody may have renewed between our look and our lease
        return opened(sign_in, held) if need.is_met(held) else _renew(sign_in, held, need)
    finally:
        SignIn.objects.filter(pk=sign_in.pk, refresh_leased_until=lease).update(refresh_leased_until=None)


def _renew(sign_in: SignIn, held: Held, need: Need) -> str:
    provider = openid().get(sign_in.provider)
    if provider is None:
        raise TokenUnavailable("Your identity provider is not set up here any more. Sign in with another.")
    try:
        answer = refresh(provider, refresh_token=_open(sign_in, "refresh_token", held.refresh_token))
        if answer.id_token is None:
            return _without_id_token(sign_in, held, need, answer)
        identity = _same_person(sign_in, identify(provider, answer, nonce=None))
    except SignInRefused as refusal:
        return _refused(sign_in, held, need, refusal)
    _store(sign_in, identity)
    return identity.web_identity_token


def _same_person(sign_in: SignIn, identity: Identity) -> Identity:
    """A renewed token speaks of the same subject (OpenID Connect Core, section 12.2), or is not for this sign-in."""
    if identity.subject != sign_in.subject:
        raise SignInRefused(Reason.SUBJECT, "the renewed token speaks of another subject")
    return identity


def _without_id_token(sign_in: SignIn, held: Held, need: Need, answer: Answer) -> str:
    """Keep what the answer gave; a provider need not send an ID token with a refresh (Core, section 12.2)."""
    sealed = Custody.from_settings().seal(answer.refresh_token, context=sign_in.context("refresh_token"))
    SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(refresh_token=sealed)
    return present(sign_in, held, need)


def _refused(sign_in: SignIn, held: Held, need: Need, refusal: SignInRefused) -> str:
    """End the sign-in when the provider withdrew it; else go on with the present token while it lasts."""
    _record(sign_in, outcome="refused", reason=str(refusal.reason), detail=refusal.detail)
    if refusal.reason in GONE:
        end_sign_in(sign_in=sign_in, reason=SignIn.Ended.PROVIDER)
        raise SignInEnded from refusal
    if need.can_do_with(held):
        return opened(sign_in, held)
    raise ProviderUnreachable(
        f"{sign_in.provider_name} cannot renew your sign-in at the moment. Try again, or sign in again."
    )


def _store(sign_in: SignIn, identity: Identity) -> None:
    """Replace tokens and rights by what the provider says now; a sign-in that ended meanwhile gets nothing back."""
    before = set(sign_in.principals)
    seal, now = Custody.from_settings().seal, timezone.now()
    rights = {"principals": identity.principals, "email": identity.email, "claims": identity.claims}
    rights |= {"groups_problem": identity.groups_problem}
    with transaction.atomic():
        stored = SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(
            web_identity_token=seal(identity.web_identity_token, context=sign_in.context("web_identity_token")),
            web_identity_token_expires_at=identity.web_identity_token_expires_at,
            refresh_token=seal(identity.refresh_token, context=sign_in.context("refresh_token")),
            refreshed_at=now,
            **rights,
        )
        if not stored:
            raise SignInEnded
        after = set(identity.principals)
        _record(sign_in, outcome="renewed", gained=sorted(after - before), lost=sorted(before - after))
    for name, value in {**rights, "refreshed_at": now}.items():
        setattr(sign_in, name, value)


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
