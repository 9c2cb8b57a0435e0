"""Who can take this role, and why can or can't this person? For administrators and auditors; decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.groups import folded
from accounts.models import SignIn, User
from roles.access import Refused, grant_for
from roles.durations import in_words
from roles.first_named import read_at, unknown_to
from roles.models import Role, RoleMapping

SHOWN: Final = 200  # people and mappings on a page; the counts tell of the others
LIVE_SIGN_INS: Final = 5000  # looked through for holders, latest first
NEW_GROUPS: Final = 50  # mappings whose age is looked up
CASE: Final = 'Case counts, unless the provider\'s table says groups_case = "insensitive".'


class Standing(StrEnum):
    """Whether a mapping holds at this moment."""

    IN_FORCE = "in force"
    NOT_YET = "not yet"
    OVER = "over"


@dataclass(frozen=True)
class Holder:
    """A person whose latest live sign-in lets them take the role, and by which of its principals."""

    user: User
    sign_in: SignIn
    principals: list[str]


@dataclass(frozen=True)
class Audience:
    """The mappings of a role and the people known to hold them now; the counts are of all, the lists are capped."""

    mappings: list[tuple[RoleMapping, Standing]]
    mappings_total: int
    holders: list[Holder]
    holders_total: int


@dataclass(frozen=True)
class Step:
    """One thing that speaks for (True), against (False), or merely informs (None)."""

    holds: bool | None
    text: str


@dataclass(frozen=True)
class Explanation:
    """May this person take this role, and why? ``sign_in`` is what was judged: the live one, else the latest."""

    user: User
    role: Role
    sign_in: SignIn | None
    may: bool
    steps: list[Step]


def standing(mapping: RoleMapping) -> Standing:
    if mapping.in_force():
        return Standing.IN_FORCE
    return Standing.NOT_YET if mapping.valid_from and mapping.valid_from > timezone.now() else Standing.OVER


def who_can_take(role: Role) -> Audience:
    """Return the role's mappings and who holds their principals by the latest live sign-in, in three queries."""
    mappings = list(role.mappings.all()[:SHOWN])
    total = role.mappings.count()
    now = timezone.now()
    valid = Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_until=None) | Q(valid_until__gt=now)
    mapped = set(role.mappings.filter(*valid).values_list("principal", flat=True))
    holders = _holders(mapped) if role.enabled else []
    return Audience([(m, standing(m)) for m in mappings], total, holders[:SHOWN], len(holders))


def explain(*, user: User, role: Role) -> Explanation:
    """Judge the person's live sign-in, or for want of one their latest, against the role."""
    sign_in = _live().filter(user=user).first() or SignIn.objects.filter(user=user).order_by("-started_at").first()
    if sign_in is None:
        return Explanation(user, role, None, may=False, steps=[Step(False, f"{user} has never signed in.")])
    steps = [*_of_the_person(user, sign_in), *_of_the_role(role), *_of_the_mappings(role, sign_in)]
    try:
        grant = grant_for(sign_in=sign_in, account_id=role.account.account_id, role_name=role.name)
    except Refused:
        return Explanation(user, role, sign_in, may=False, steps=steps)
    decided = Step(None, f"{grant.principal} decides: up to {in_words(grant.max_duration)} at a time.")
    return Explanation(user, role, sign_in, may=user.is_active, steps=[*steps, decided, *_of_the_moment(role, sign_in)])


def _live() -> QuerySet[SignIn]:
    now = timezone.now()
    return (
        SignIn.objects.filter(ended_at=None, expires_at__gt=now, user__is_active=True)
        .defer("web_identity_token", "refresh_token")
        .order_by("-started_at")
    )


def _holders(mapped: set[str]) -> list[Holder]:
    """Return each person once, by the latest sign-in of an identity of theirs that holds a mapped principal."""
    latest: dict[tuple[str, str], SignIn] = {}
    for sign_in in _live().select_related("user")[:LIVE_SIGN_INS]:
        latest.setdefault((sign_in.provider, sign_in.subject), sign_in)
    found: dict[int, Holder] = {}
    for sign_in in latest.values():
        if held := sorted(mapped.intersection(sign_in.principals)):
            found.setdefault(sign_in.user_id, Holder(sign_in.user, sign_in, held))
    return sorted(found.values(), key=lambda holder: holder.user.label)


def _of_the_person(user: User, sign_in: SignIn) -> Iterable[Step]:
    if not user.is_active:
        yield Step(False, f"{user} may not sign in: an administrator switched them off.")
    if sign_in.ended_at is not None or sign_in.expires_at <= timezone.now():
        yield Step(None, f"{user} is not signed in now; this judges their last sign-in. Groups may have changed since.")
    if told := sign_in.groups_told:
        yield Step(False, f"Groups are missing: {sign_in.groups_problem}. {told.fix}")


def _of_the_role(role: Role) -> Iterable[Step]:
    if not role.enabled:
        yield Step(False, "The role is switched off: nobody can take it.")


def _of_the_moment(role: Role, sign_in: SignIn) -> Iterable[Step]:
    """Say what is asked at the moment of issue. It stands against nobody: whoever is asked can do it then."""
    if role.demand is None:
        return
    has = "has" if role.demand.is_met_by(sign_in, timezone.now()) else "has not"
    yield Step(None, f"On taking, the role asks for {role.demand.what}; at this moment the sign-in {has} got that.")


def _of_the_mappings(role: Role, sign_in: SignIn) -> Iterable[Step]:
    carried = set(sign_in.principals)
    mappings = list(role.mappings.all()[:LIVE_SIGN_INS])
    fitting = [mapping for mapping in mappings if mapping.principal in carried]
    for mapping in fitting:
        now = standing(mapping)
        yield Step(
            now is Standing.IN_FORCE,
            f"The sign-in carries {mapping.principal}, and its mapping is {_when(mapping, now)}.",
        )
    if fitting:
        return
    yield Step(False, f"No mapping of the role ({len(mappings)} in all) names a principal that the sign-in carries.")
    by_key = {folded(principal): principal for principal in carried}
    for mapping in mappings:
        if near := by_key.get(folded(mapping.principal)):
            yield Step(None, f"The mapping {mapping.principal} differs from the sign-in's {near} only in case. {CASE}")
    yield from _of_new_groups(mappings, sign_in)


def _of_new_groups(mappings: list[RoleMapping], sign_in: SignIn) -> Iterable[Step]:
    for mapping in mappings[:NEW_GROUPS]:
        if unknown_to(sign_in, mapping.principal):
            yield Step(
                None,
                f"No mapping named {mapping.principal} when this sign-in's groups were read, "
                f"{read_at(sign_in):%d %B %Y, %H:%M} UTC. They are read again when the provider is asked next, at "
                f"latest {settings.DAYPASS_IDENTITY_FRESHNESS // 60} minutes after that, and at each sign-in.",
            )


def _when(mapping: RoleMapping, now: Standing) -> str:
    if now is Standing.NOT_YET:
        return f"not in force before {mapping.valid_from:%d %B %Y, %H:%M} UTC"
    if now is Standing.OVER:
        return f"over since {mapping.valid_until:%d %B %Y, %H:%M} UTC"
    return "in force"
