"""The bench's catalog and people, written in bulk: 10,000 roles, 100,000 mappings, and the people who sign in."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.models import SignIn, User
from accounts.sessions import SIGN_IN_KEY
from roles.models import AwsAccount, Role, RoleMapping

ACCOUNTS, ROLES_EACH, MAPPINGS_EACH = 100, 100, 10
TAKER, LISTER = "taker@example.com", "lister@example.com"
LISTED = 5000
READERS = {10: "ten@example.com", 100: "hundred@example.com", 1000: "thousand@example.com"}


def seed() -> None:
    """Fill an empty database; the person of READERS[n] may take n roles, TAKER may take the first."""
    if AwsAccount.objects.exists():
        return
    # The catalog's managers refuse rows in bulk, which the ledger would not see; a measurement has no ledger to keep.
    accounts = AwsAccount._base_manager.bulk_create(
        AwsAccount(account_id=f"{n:012d}", name=f"Team {n:03d}", environment="development")
        for n in range(1, ACCOUNTS + 1)
    )
    roles = Role._base_manager.bulk_create(
        Role(account=account, name=f"Role{n:03d}", arn=f"arn:aws:iam::{account.account_id}:role/Role{n:03d}")
        for account in accounts
        for n in range(ROLES_EACH)
    )
    RoleMapping._base_manager.bulk_create(_mappings(roles), batch_size=5000)


def _mappings(roles: list[Role]) -> list[RoleMapping]:
    mine = [RoleMapping(role=roles[0], principal=f"user:{TAKER}")]
    mine += [RoleMapping(role=role, principal=f"user:{LISTER}") for role in roles[:LISTED]]
    for count, person in READERS.items():
        mine += [RoleMapping(role=role, principal=f"user:{person}") for role in roles[:count]]
    others = ACCOUNTS * ROLES_EACH * MAPPINGS_EACH - len(mine)
    crowd = (RoleMapping(role=roles[n % len(roles)], principal=f"group:adfs:Crowd-{n}") for n in range(others))
    return [*mine, *crowd]


def sign_in(email: str) -> str:
    """Sign a person in as the portal would have, and return the session cookie's value."""
    user, _ = User.objects.get_or_create(username=f"bench:{email}", defaults={"email": email})
    now = timezone.now()
    started = SignIn.objects.create(
        user=user,
        provider="bench",
        subject=email,
        email=email,
        principals=[f"user:{email}"],
        authenticated_at=now,
        expires_at=now + timedelta(hours=12),
    )
    session = SessionStore()
    session[SIGN_IN_KEY] = str(started.pk)
    session.create()
    return str(session.session_key)
