"""What a directory says of somebody who signs in or is signed in: left, not there, or there with these groups."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from accounts.group_problems import Problem
from accounts.groups import composed, spellings
from accounts.identity import Identity
from accounts.principals import PASSING_FOR_ASCII
from accounts.providers import Provider, configured
from accounts.refusals import Reason, SignInRefused
from accounts.scim.matching import Asserted, keys_of, users_with
from accounts.scim.models import Directory, DirectoryMembership, DirectoryUser

T = TypeVar("T")
AT_ONCE = 500  # values in one statement


@dataclass(frozen=True)
class Standing:
    """``refusal`` says why somebody may not be signed in; ``groups`` are the names of the groups pushed for them."""

    refusal: Reason | None = None
    detail: str = ""
    groups: tuple[str, ...] = ()
    groups_problem: str = ""


def admitted(identity: Identity) -> Identity:
    """Return the identity with the rights that the directory gives; raise SignInRefused if it says: this one left.

    Call it first in the transaction that starts or renews a sign-in. The directory's row stays locked until that ends,
    so a push either is seen here, or sees the sign-in afterwards and ends it.
    """
    provider = configured().get(identity.provider)
    if provider is None or not provider.scim_token:
        return identity
    hold(provider.slug)
    standing = standing_of(provider, identity)
    if standing.refusal:
        raise SignInRefused(standing.refusal, standing.detail, subject=identity.subject)
    if provider.groups_from != "scim":
        return identity
    principals = principals_with(provider, identity.principals, standing.groups)
    problem = standing.groups_problem
    return replace(identity, principals=principals, groups=standing.groups, groups_problem=problem, groups_detail="")


def hold(slug: str) -> Directory:
    """Lock the directory until the transaction ends: pushes and sign-ins of one provider go one after the other."""
    locked = Directory.objects.select_for_update()
    found = locked.filter(pk=slug).first()
    if found is None:
        Directory.objects.get_or_create(pk=slug)
        found = locked.get(pk=slug)
    return found


def standing_of(provider: Provider, somebody: Asserted) -> Standing:
    """Return how one person stands, in at most two queries."""
    keys = keys_of(provider, somebody)
    users = list(DirectoryUser.objects.filter(users_with(provider, keys))) if keys else []
    return decide(provider, somebody, users, groups_of(provider, users))


def decide(
    provider: Provider, somebody: Asserted, users: Collection[DirectoryUser], groups: Mapping[UUID, list[str]]
) -> Standing:
    """Decide from the users that match. One who left outweighs a namesake who is here; a deleted one does not."""
    kept = [user for user in users if user.deleted_at is None]
    if any(user.active is not True for user in kept) or (users and not kept):
        return Standing(Reason.LEFT, f"the directory's user is {'not active' if kept else 'deleted'}")
    if not users and provider.scim_required:
        return Standing(Reason.NOT_IN_DIRECTORY, f"no pushed user has this person's {provider.scim_match}")
    if provider.groups_from != "scim":
        return Standing()
    problem = _groups_problem(provider, somebody, kept)
    return Standing(groups_problem=problem) if problem else Standing(groups=tuple(groups.get(kept[0].pk, [])))


def _groups_problem(provider: Provider, somebody: Asserted, users: list[DirectoryUser]) -> str:
    """Say why pushed groups give no rights: to be taken for somebody, one must be told from everybody else."""
    if not users:
        return Problem.SCIM_MISSING
    if len(users) > 1:
        return Problem.SCIM_AMBIGUOUS
    return Problem.SCIM_ADDRESS if provider.scim_match == "email" and not somebody.email else ""


def groups_of(provider: Provider, users: Iterable[DirectoryUser]) -> dict[UUID, list[str]]:
    """Return the names of the groups of each of these users that mappings name, in one query for every 500.

    As everywhere, a group that no mapping names is not kept with a sign-in (accounts.groups).
    """
    found: dict[UUID, list[str]] = {}
    if provider.groups_from != "scim":
        return found
    keys = [user.pk for user in users]
    for chunk in in_chunks(keys):
        rows = DirectoryMembership.objects.filter(user__in=chunk).values_list("user_id", "group__display_name")
        for user, name in rows:
            found.setdefault(user, []).append(name)
    named = named_groups(provider, {name for names in found.values() for name in names})
    return {user: [spelt for name in names for spelt in named.get(composed(name), ())] for user, names in found.items()}


def named_groups(provider: Provider, names: Collection[str]) -> dict[str, list[str]]:
    """Return, for the groups that give rights, how mappings spell them; the same rules as for groups of a token."""
    if provider.groups_from != "scim":
        return {}
    return spellings(provider, {composed(name) for name in names if not PASSING_FOR_ASCII.search(name)})


def principals_with(provider: Provider, principals: Iterable[str], groups: Iterable[str]) -> list[str]:
    """Return the principals with these groups in place of those that they had."""
    prefix = f"group:{provider.slug}:"
    return sorted({*(name for name in principals if not name.startswith(prefix)), *(prefix + name for name in groups)})


def in_chunks(values: Collection[T]) -> Iterable[list[T]]:
    listed = list(values)
    return (listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE))
