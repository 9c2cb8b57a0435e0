"""The roles that a sign-in may take, by AWS account, searched and paged, in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignIn
from roles.access import Grant, best_grant, mappings_in_force
from roles.models import AwsAccount, Role, RoleMapping, RolePreference

PAGE_SIZE: Final = 200  # rows that a browser lays out without a pause
WORDS: Final = 8  # of a search; more of them narrow nothing and cost a comparison each
SEARCHED: Final = ("name", "description", "account__name", "account__account_id", "account__environment")
UNSHOWN: Final = ("session_policy", "session_tags", "policy_arns", "external_id")
RECENTS: Final = 5


@dataclass(frozen=True)
class Entry:
    """One role that the person may take, and where."""

    role: Role
    grant: Grant
    url: str
    favourite: bool
    live_until: datetime | None = None

    @property
    def seconds_left(self) -> int:
        """Return how long the person's last session of it still lives, in seconds."""
        return max(0, int((self.live_until - timezone.now()).total_seconds())) if self.live_until else 0

    @property
    def console_url(self) -> str:
        return f"{self.url}console/"

    @property
    def credentials_url(self) -> str:
        return f"{self.url}credentials/"


@dataclass(frozen=True)
class AccountGroup:
    """An AWS account and its roles on this page."""

    account: AwsAccount
    entries: list[Entry]

    @property
    def environment(self) -> str:
        return self.account.environment


@dataclass(frozen=True)
class Page:
    """``total`` roles fit, the first ``shown`` of them end with this page; ``next_url`` is empty on the last."""

    groups: list[AccountGroup]
    total: int
    shown: int
    next_url: str


@dataclass(frozen=True)
class Shelves:
    """What stands above the list: starred roles, and those taken last."""

    favourites: list[Entry]
    recents: list[Entry]


def catalog_for(*, sign_in: SignIn, query: str = "", offset: int = 0) -> Page:
    """Return up to 200 of the roles in which every word of ``query`` occurs, from ``offset`` on, in four queries."""
    fitting = _searched(_takeable(sign_in), query)
    total = fitting.count()
    roles = list(fitting[offset : offset + PAGE_SIZE])
    entries = _entries(sign_in, roles, starred=_starred(sign_in, roles))
    groups = [AccountGroup(account, list(group)) for account, group in groupby(entries, lambda e: e.role.account)]
    shown = min(offset + len(roles), total)
    return Page(groups, total, shown, next_url=_next_url(query, shown) if roles and shown < total else "")


def shelves_for(*, sign_in: SignIn) -> Shelves:
    """Return the person's favourites by name and their last five roles, latest first, in two queries.

    A preference outlives the mapping: what the sign-in may not take now is left out.
    """
    kept = Q(starred=True) | Q(last_taken_at__isnull=False)
    preferences = list(
        RolePreference.objects.filter(kept, user_id=sign_in.user_id)
        .select_related("role__account")
        .order_by("role__name", "role__account__name", "role_id")
    )
    starred = {preference.role_id for preference in preferences if preference.starred}
    live = {preference.role_id: preference.live_until for preference in preferences}
    known = _entries(sign_in, [p.role for p in preferences], starred=starred)
    entries = {entry.role.pk: replace(entry, live_until=live[entry.role.pk]) for entry in known}
    taken = sorted(((p.last_taken_at, p.role_id) for p in preferences if p.last_taken_at), reverse=True)
    return Shelves(
        favourites=[entry for entry in entries.values() if entry.favourite],
        recents=[entries[role_id] for _, role_id in taken if role_id in entries][:RECENTS],
    )


def _under(home: str, account_id: str, role_name: str) -> str:
    """Return the address of a role's page. The alphabet of role names needs no quoting in a path (RFC 3986, 3.3)."""
    return f"{home}roles/{account_id}/{role_name}/"


def _takeable(sign_in: SignIn) -> QuerySet[Role]:
    mine = mappings_in_force(sign_in).order_by().values("role_id")
    return (
        Role.objects.filter(pk__in=mine)
        .select_related("account")
        .defer(*UNSHOWN)
        .order_by("account__name", "account__account_id", "name", "id")
    )


def _searched(roles: QuerySet[Role], query: str) -> QuerySet[Role]:
    for word in query.split()[:WORDS]:
        roles = roles.filter(Q(*((f"{field}__icontains", word) for field in SEARCHED), _connector=Q.OR))
    return roles


def _entries(sign_in: SignIn, roles: list[Role], *, starred: set[int]) -> list[Entry]:
    """Return an entry for each role that is granted; grants are decided again here, by the one rule."""
    grants, home = _grants(sign_in, roles), reverse("roles:catalog")
    return [
        Entry(role, grants[role.pk], _under(home, role.account.account_id, role.name), favourite=role.pk in starred)
        for role in roles
        if role.pk in grants
    ]


def _grants(sign_in: SignIn, roles: Iterable[Role]) -> dict[int, Grant]:
    by_id = {role.pk: role for role in roles}
    mappings: dict[int, list[RoleMapping]] = {}
    for mapping in mappings_in_force(sign_in).filter(role__in=by_id):
        mapping.role = by_id[mapping.role_id]
        mappings.setdefault(mapping.role_id, []).append(mapping)
    return {role_id: best_grant(of_role) for role_id, of_role in mappings.items()}


def _starred(sign_in: SignIn, roles: list[Role]) -> set[int]:
    preferences = RolePreference.objects.filter(user_id=sign_in.user_id, starred=True, role__in=roles)
    return set(preferences.values_list("role_id", flat=True))


def _next_url(query: str, offset: int) -> str:
    asked = {"q": query, "offset": offset} if query else {"offset": offset}
    return f"{reverse('roles:catalog')}?{urlencode(asked)}"
