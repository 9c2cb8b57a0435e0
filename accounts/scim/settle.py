"""After a push: end the sign-ins of who left, and give the others the groups that they have now."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import SignIn
from accounts.providers import Provider
from accounts.scim.matching import keys_of, keys_of_user, sign_ins_with, users_with
from accounts.scim.models import DirectoryUser
from accounts.scim.standing import AT_ONCE, Standing, decide, groups_of, in_chunks, principals_with
from accounts.sessions import end_sign_in
from audit.record import Actor


@dataclass
class Effect:
    """What a push did to live sign-ins."""

    ended: int = 0
    changed: int = 0


def settle(provider: Provider, keys: Collection[str], *, actor: Actor) -> Effect:
    """Hold the live sign-ins with one of these keys against the directory as it is now, in the push's transaction."""
    effect = Effect()
    live = _live(provider, keys)
    if not live:
        return effect
    wanted = frozenset[str]().union(*(keys_of(provider, sign_in) for sign_in in live))
    users = [user for chunk in in_chunks(wanted) for user in DirectoryUser.objects.filter(users_with(provider, chunk))]
    groups = groups_of(provider, users)
    by_key: dict[str, set[DirectoryUser]] = {}
    for user in users:
        for key in keys_of_user(provider, user):
            by_key.setdefault(key, set()).add(user)
    for sign_in in live:
        mine = set[DirectoryUser]().union(*(by_key.get(key, set()) for key in keys_of(provider, sign_in)))
        _apply(provider, sign_in, decide(provider, sign_in, mine, groups), effect, actor)
    return effect


def _live(provider: Provider, keys: Collection[str]) -> list[SignIn]:
    """Return the live sign-ins with one of these keys, in one query; for very many keys the database sends all."""
    plain = SignIn.objects.filter(ended_at=None).select_related("user").defer("web_identity_token", "refresh_token")
    near = sign_ins_with(provider, keys) if len(keys) <= AT_ONCE else Q(provider=provider.slug)
    wanted = frozenset(keys)
    return [sign_in for sign_in in plain.filter(near) if keys_of(provider, sign_in) & wanted] if wanted else []


def _apply(provider: Provider, sign_in: SignIn, standing: Standing, effect: Effect, actor: Actor) -> None:
    if standing.refusal:
        effect.ended += end_sign_in(sign_in=sign_in, reason=SignIn.Ended.LEFT, actor=actor)
        return
    if provider.groups_from != "scim":
        return
    principals = principals_with(provider, sign_in.principals, standing.groups)
    if (principals, standing.groups_problem) == (sign_in.principals, sign_in.groups_problem):
        return
    live = SignIn.objects.filter(pk=sign_in.pk, ended_at=None)
    effect.changed += live.update(principals=principals, groups_problem=standing.groups_problem)
