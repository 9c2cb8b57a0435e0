from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import SignIn
from roles.access import Refused, grant_for
from roles.models import AwsAccount, Role, RoleMapping
from tests.conftest import PRODUCTION, MakeRole

ACCOUNT = "111122223333"


@pytest.fixture
def role(db: None) -> Role:
    account = AwsAccount.objects.create(account_id=ACCOUNT, name="Sandbox")
    return Role.objects.create(account=account, arn=f"arn:aws:iam::{ACCOUNT}:role/team/S3ReadOnly", max_duration=7200)


def grant(sign_in: SignIn) -> int:
    return grant_for(sign_in=sign_in, account_id=ACCOUNT, role_name="S3ReadOnly").max_duration


def test_no_mapping_refuses(role: Role, charlie: SignIn) -> None:
    RoleMapping.objects.create(role=role, principal="user:alice@example.com")
    with pytest.raises(Refused):
        grant(charlie)


def test_a_role_that_is_switched_off_refuses(role: Role, alice: SignIn) -> None:
    RoleMapping.objects.create(role=role, principal="user:alice@example.com")
    Role.objects.update(enabled=False)
    with pytest.raises(Refused):
        grant(alice)


def test_a_sign_in_without_principals_is_refused(role: Role, alice: SignIn) -> None:
    RoleMapping.objects.create(role=role, principal="user:alice@example.com")
    alice.principals = []
    with pytest.raises(Refused):
        grant(alice)


@pytest.mark.parametrize(("start", "end"), [(1, None), (None, -1), (-2, -1), (1, 2)])
def test_a_mapping_outside_its_time_refuses(role: Role, alice: SignIn, start: int | None, end: int | None) -> None:
    at = {None: None} | {hours: timezone.now() + timedelta(hours=hours) for hours in (-2, -1, 1, 2)}
    RoleMapping.objects.create(role=role, principal="user:alice@example.com", valid_from=at[start], valid_until=at[end])
    with pytest.raises(Refused):
        grant(alice)


def test_the_mapping_that_allows_the_longest_session_decides(role: Role, alice: SignIn) -> None:
    RoleMapping.objects.create(role=role, principal="user:alice@example.com", max_duration=900)
    RoleMapping.objects.create(role=role, principal="domain:example.com", max_duration=3600)
    assert grant(alice) == 3600


def test_a_mapping_never_lengthens_the_role(role: Role, alice: SignIn) -> None:
    RoleMapping.objects.create(role=role, principal="user:alice@example.com", max_duration=43200)
    assert grant(alice) == 7200


def test_only_this_role_of_this_account_by_ones_own_principals(
    role: Role, alice: SignIn, bob: SignIn, make_role: MakeRole
) -> None:
    """All that stands beside it gives more: a role of its name elsewhere, another one here, somebody else's mapping."""
    mine = RoleMapping.objects.create(role=role, principal="user:alice@example.com", max_duration=900)
    make_role("S3ReadOnly", "user:alice@example.com", account=PRODUCTION, max_duration=7200)
    make_role("S3Writer", "user:alice@example.com", account=ACCOUNT, max_duration=7200)
    RoleMapping.objects.create(role=role, principal="user:bob@example.com", max_duration=7200)
    found = grant_for(sign_in=alice, account_id=ACCOUNT, role_name="S3ReadOnly")
    assert (found.role, found.mapping, found.max_duration) == (role, mine, 900)
    mine.delete()
    with pytest.raises(Refused):
        grant(alice)
    assert grant(bob) == 7200


def test_of_equal_mappings_the_oldest_decides(role: Role, alice: SignIn) -> None:
    for principal in ("user:alice@example.com", "domain:example.com"):
        RoleMapping.objects.create(role=role, principal=principal)
    found = grant_for(sign_in=alice, account_id=ACCOUNT, role_name="S3ReadOnly")
    assert (found.principal, found.longest) == ("user:alice@example.com", "2 hours")
