"""What roles are called as profiles: each by account and role, and no two of one person's alike.

Keys that are kept under another role's name take that one's place, without a word: production where the sandbox was.
"""

import re
from collections import Counter
from typing import Final

from django.db.models import Q
from django.utils.text import slugify

from accounts.models import SignIn
from roles.access import mappings_in_force
from roles.models import Role

LONGEST: Final = 64  # credentials.formats.PROFILE
FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.@-]+")


def profile_for(*, sign_in: SignIn, role: Role) -> str:
    """Return what this role's keys are called, for example ``example-sandbox-S3ReadOnly``, in one query."""
    mine = Q(pk__in=mappings_in_force(sign_in).order_by().values("role_id")) | Q(pk=role.pk)
    rows = Role.objects.filter(mine).order_by("account__account_id", "name")
    found = list(rows.values_list("pk", "account__account_id", "account__name", "name"))
    names = apart([(usual(name, account_id, of), account_id) for _, account_id, name, of in found], longest=LONGEST)
    return next(name for name, (pk, *_) in zip(names, found, strict=True) if pk == role.pk)


def usual(account_name: str, account_id: str, role_name: str) -> str:
    """Return a name of the alphabet that PROFILE allows; where it would be too long, the account's part is cut."""
    role = FOREIGN.sub("-", role_name)
    account = (slugify(account_name) or account_id)[: max(0, LONGEST - 1 - len(role))]
    return f"{account}-{role}".strip("-") or account_id


def apart(names: list[tuple[str, str]], *, longest: int) -> list[str]:
    """Return a name for each name and account ID, all different: one that comes again gets the ID, then a number."""
    times = Counter(name for name, _ in names)
    taken: dict[str, None] = {}
    for name, account_id in names:
        wanted = f"{name[: longest - 13]}-{account_id}" if times[name] > 1 else name
        unique, number = wanted, 2
        while unique in taken:
            unique, number = f"{wanted[: longest - 5]}-{number}", number + 1
        taken[unique] = None
    return list(taken)
