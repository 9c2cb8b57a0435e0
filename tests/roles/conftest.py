"""A small catalog, filled by a few words."""

from collections.abc import Callable

import pytest

from roles.models import AwsAccount, Role, RoleMapping

SANDBOX, PRODUCTION = "111122223333", "444455556666"

MakeRole = Callable[..., Role]


@pytest.fixture
def make_role(db: None) -> MakeRole:
    """Return a maker of roles: ``make_role("S3ReadOnly", "user:alice@example.com", account=SANDBOX)``."""

    def make(name: str, *principals: str, account: str = SANDBOX, **fields: object) -> Role:
        environment = "production" if account == PRODUCTION else "sandbox"
        owner, _ = AwsAccount.objects.get_or_create(
            account_id=account, defaults={"name": f"Example {environment.title()}", "environment": environment}
        )
        role: Role = Role.objects.create(account=owner, arn=f"arn:aws:iam::{account}:role/{name}", **fields)
        for principal in principals:
            RoleMapping.objects.create(role=role, principal=principal)
        return role

    return make
