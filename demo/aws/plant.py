"""Putting the seed into moto.

Ids and keys come from the world's secret and the thing's own name, so they stay the same over restarts and differ
between worlds.
"""

from moto.organizations.models import organizations_backends

from demo.aws.journal import Journal
from demo.aws.seed import (
    ACCOUNTS,
    BUCKETS,
    PRODUCTION,
    REGION,
    ROLES,
    SANDBOX,
    USERS,
    Issuers,
    SeedRole,
    Statement,
    access_token_roles,
    document,
    web_roles,
)
from demo.aws.world import iam, s3, set_random


def plant(kind: str, issuers: Issuers, journal: Journal) -> None:
    """Fill moto. ``empty`` has the users and their keys, and nothing else."""
    for (account, name), statements in USERS.items():
        set_random(journal.secret, account, "user", name)
        _plant_user(account, name, statements)
    if kind == "empty":
        return
    _plant_organization(journal)
    for role in [*ROLES, *web_roles(issuers), *access_token_roles(issuers)]:
        set_random(journal.secret, role.account, "role", role.name)
        _plant_role(role)
    for issuer, client_id in (
        (issuers.google, issuers.google_client_id),
        (issuers.adfs, issuers.adfs_client_id),
    ):
        if issuer and client_id:
            iam(PRODUCTION).create_open_id_connect_provider(issuer, [], [client_id], [])
    for name, (account, objects) in BUCKETS.items():
        s3(account).create_bucket(name, REGION)
        for key, text in objects.items():
            s3(account).put_object(name, key, text.encode())


def keys_of(account: str, name: str) -> tuple[str, str]:
    """The access key id and secret of a seeded user."""
    key = iam(account).get_user(name).access_keys[0]
    return key.access_key_id, key.secret_access_key


def _plant_user(account: str, name: str, statements: list[Statement]) -> None:
    backend = iam(account)
    user = backend.create_user(REGION, name)
    # moto's user ids do not look like AWS's.
    user.id = "AIDA" + user.id[:17].upper()
    backend.create_access_key(name)
    if statements:
        backend.put_user_policy(name, "may", document(statements))


def _plant_role(role: SeedRole) -> None:
    backend = iam(role.account)
    backend.create_role(role.name, document(role.trust), "/", None, role.description, [], role.max_hours * 3600)
    if role.inline:
        backend.put_role_policy(role.name, "may", document(role.inline))
    for arn in role.managed:
        backend.attach_role_policy(arn, role.name)


def _plant_organization(journal: Journal) -> None:
    set_random(journal.secret, SANDBOX, "organization")
    backend = organizations_backends[SANDBOX]["aws"]
    backend.create_organization(REGION, FeatureSet="ALL")
    backend.get_account_by_id(SANDBOX).name = ACCOUNTS[SANDBOX]
    backend.create_account(AccountName=ACCOUNTS[PRODUCTION], Email="production@example.com")
    # moto invents account ids; ours is known everywhere else.
    member = backend.accounts[-1]
    organizations_backends.master_accounts[PRODUCTION] = organizations_backends.master_accounts.pop(member.id)
    for policy in backend.policies:
        policy.attachments = [PRODUCTION if item == member.id else item for item in policy.attachments]
    member.id = PRODUCTION
