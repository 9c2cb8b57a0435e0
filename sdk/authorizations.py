"""A tool's authorization from its first token to its end: open, renew, replace, end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import SignIn
from accounts.sessions import judge
from audit.record import Actor, Origin, record
from audit.tags import Tag
from portal.outage import may_be_missed
from sdk.clients import ACCESS
from sdk.errors import SdkError
from sdk.models import AccessToken, Authorization, RefreshToken, Registration
from sdk.opaque import hash_of, new_token, successor_of

ACCESS_LIFE, GRACE, NOTED_EVERY = timedelta(hours=1), timedelta(seconds=60), timedelta(minutes=1)


@dataclass(frozen=True)
class Tokens:
    """What a tool is given. ``expires_in`` is in seconds; no refresh token for a tool that did not ask for one."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)


def authorize(
    *, sign_in: SignIn, registration: Registration, kind: Authorization.Kind, origin: Origin
) -> Authorization:
    """Let a tool in on a person's sign-in, and write it on the ledger. ``origin`` is the tool's, not the browser's."""
    with transaction.atomic():
        made = Authorization.objects.create(
            sign_in=sign_in,
            registration=registration,
            kind=kind,
            name=registration.name,
            address=origin.address,
            user_agent=origin.user_agent,
            expires_at=sign_in.expires_at,
        )
        record(
            Tag.TOOL_AUTHORIZE, actor=actor_of(made), subject="tool", subject_id=made.pk, kind=str(kind), name=made.name
        )
    return made


def actor_of(authorization: Authorization, origin: Origin | None = None) -> Actor:
    """Return who acts when the tool does: its person, under the sign-in that it hangs on."""
    sign_in = authorization.sign_in
    place = origin or Origin(authorization.address, authorization.user_agent, "sdk")
    return Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk, place)


def is_live(authorization: Authorization, now: datetime) -> bool:
    """Tell whether the tool may act: its authorization stands, and so does the sign-in beneath it."""
    return now < _end_of(authorization) and judge(authorization.sign_in, now) is None


def standing(now: datetime) -> QuerySet[Authorization]:
    """Return the authorizations that tools hold and may use, as far as their own rows tell: a code that no tool has
    redeemed is nobody's yet, and what was replaced counts no more."""
    redeemed = Q(code=None) | Q(code__used_at__isnull=False)
    return Authorization.objects.filter(redeemed, ended_at=None, expires_at__gt=now)


def first_tokens(authorization: Authorization, registration: Registration) -> Tokens:
    """Hand a tool its first tokens. What it held before by the same registration has a minute left, for commands that
    run at this moment: nobody can end by `aws sso logout` what no file of theirs names any more."""
    refresh = new_token() if ACCESS in registration.scopes else ""
    with transaction.atomic():
        if refresh:
            RefreshToken.objects.create(authorization=authorization, token_hash=hash_of(refresh))
        _replace_earlier(authorization, timezone.now())
        hold_sign_in(authorization.sign_in_id)
        return _with_access(authorization, refresh)


def renew(*, token: str, registration: Registration, origin: Origin) -> Tokens:
    """Exchange a refresh token for the next one and a new access token; raise SdkError.

    A token that comes again after its grace was stolen or copied, and nobody can tell who is the thief: the whole
    authorization ends (RFC 9700, section 4.14.2).
    """
    held = RefreshToken.objects.filter(token_hash=hash_of(token), authorization__registration=registration)
    found = held.select_related("authorization__sign_in__user").first()
    now = timezone.now()
    if found is None:
        raise spent()
    # Before anything else that could refuse it: a copy is a copy, also at a moment when nothing is given for it.
    if found.used_at is not None and now - found.used_at > GRACE:
        end(authorization=found.authorization, reason=Authorization.Ended.MISUSED, origin=origin)
        raise spent()
    if not is_live(found.authorization, now):
        raise spent()
    following = successor_of(token)
    with transaction.atomic():
        RefreshToken.objects.filter(pk=found.pk, used_at=None).update(used_at=now)
        RefreshToken.objects.get_or_create(
            token_hash=hash_of(following), defaults={"authorization": found.authorization}
        )
        return _with_access(found.authorization, following)


def spent() -> SdkError:
    return SdkError("InvalidGrantException", "This sign-in has ended. Run `aws sso login` again.")


def end(
    *,
    authorization: Authorization,
    reason: Authorization.Ended,
    origin: Origin | None = None,
    actor: Actor | None = None,
) -> bool:
    """End a tool's authorization and with it its tokens. Return False if it had ended already.

    Who ends it is its person, from ``origin``, unless another ``actor`` is named.
    """
    now = timezone.now()
    with transaction.atomic():
        ended = _close(authorization, now, reason, actor or actor_of(authorization, origin))
        # One that was replaced has its event, and is cut short here.
        Authorization.objects.filter(pk=authorization.pk, ended_at__gt=now).update(ended_at=now)
        AccessToken.objects.filter(authorization=authorization).delete()
        hold_sign_in(authorization.sign_in_id)
    return ended


def log_out(*, authorization: Authorization, origin: Origin) -> None:
    """End all that this person's tool holds by its registration: what it names now, and what it signed in as before."""
    now, ended = timezone.now(), Authorization.Ended.LOGGED_OUT
    still = _by_the_same_tool(authorization).filter(Q(ended_at=None) | Q(ended_at__gt=now))
    for one in [authorization, *still.select_related("sign_in__user")]:
        end(authorization=one, reason=ended, origin=origin)


def hold_sign_in(sign_in_id: UUID) -> None:
    """Let being idle end the sign-in once its last tool is over, and not before.

    The row is locked first, so that of two who change its tools at once the second sees what the first did.
    """
    row = SignIn.objects.filter(pk=sign_in_id)
    row.select_for_update().values_list("pk").first()
    last = standing(timezone.now()).filter(sign_in_id=sign_in_id).aggregate(last=Max("expires_at"))["last"]
    row.update(tools_until=last)


def _replace_earlier(authorization: Authorization, now: datetime) -> None:
    earlier = standing(now).filter(pk__in=_by_the_same_tool(authorization).values("pk"))
    for one in earlier.select_related("sign_in__user"):
        _close(one, now + GRACE, Authorization.Ended.REPLACED, actor_of(authorization))


def _by_the_same_tool(authorization: Authorization) -> QuerySet[Authorization]:
    """Return the other authorizations of this person by the same registration, live or not."""
    same = Authorization.objects.filter(sign_in__user_id=authorization.sign_in.user_id).exclude(pk=authorization.pk)
    tool = authorization.registration_id
    return same.filter(registration_id=tool) if tool else same.none()


def _close(authorization: Authorization, at: datetime, reason: Authorization.Ended, actor: Actor) -> bool:
    """Write the first end of an authorization and its event; the database picks who of two comes first."""
    live = Authorization.objects.filter(pk=authorization.pk, ended_at=None)
    if not live.update(ended_at=at, end_reason=reason):
        return False
    told = {"reason": str(reason), "name": authorization.name}
    record(Tag.TOOL_END, actor=actor, subject="tool", subject_id=authorization.pk, **told)
    return True


def _end_of(authorization: Authorization) -> datetime:
    return min(authorization.expires_at, authorization.ended_at or authorization.expires_at)


def note_used(authorization: Authorization, now: datetime) -> None:
    """Remember that the tool is in use, at most once a minute however often it asks."""
    if authorization.used_at is None or now - authorization.used_at >= NOTED_EVERY:
        with may_be_missed("when a tool was last used"):
            Authorization.objects.filter(pk=authorization.pk).update(used_at=now)


def _with_access(authorization: Authorization, refresh: str) -> Tokens:
    access, now = new_token(), timezone.now()
    expires_at = min(now + ACCESS_LIFE, _end_of(authorization))
    AccessToken.objects.create(authorization=authorization, token_hash=hash_of(access), expires_at=expires_at)
    return Tokens(access, int((expires_at - now).total_seconds()), refresh)
