"""What principals would give, looked up without anybody holding them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from roles.matching import matched
from roles.models import PortalRoleMapping, Role, RoleMapping
from tests.conftest import PRODUCTION, MakeRole

pytestmark = pytest.mark.django_db
ALICE, ADMINS = "user:alice@example.com", "group:adfs:Admins"


def names(*principals: str) -> list[tuple[str, str]]:
    return [(grant.role.name, grant.principal) for grant in matched(principals).grants]


def test_each_role_once_by_its_most_generous_mapping(make_role: MakeRole) -> None:
    role = make_role("Reader", ALICE, max_duration=7200)
    RoleMapping.objects.filter(principal=ALICE).update(max_duration=900)
    RoleMapping.objects.create(role=role, principal=ADMINS)
    make_role("Writer", ADMINS, account=PRODUCTION)
    assert names(ALICE, ADMINS) == [("Writer", ADMINS), ("Reader", ADMINS)]
    assert names(ALICE) == [("Reader", ALICE)]
    assert names() == []


def test_what_is_over_or_switched_off_gives_nothing(make_role: MakeRole) -> None:
    make_role("Off", ALICE, enabled=False)
    role = make_role("Over")
    for valid in (
        {"valid_until": timezone.now() - timedelta(days=1)},
        {"valid_from": timezone.now() + timedelta(days=1)},
    ):
        RoleMapping.objects.create(role=role, principal=f"user:{len(valid)}{next(iter(valid))}@example.com", **valid)
    principals = [mapping.principal for mapping in RoleMapping.objects.all()]
    assert (names(*principals), Role.objects.count()) == ([], 2)


def test_portal_roles_by_catalog_and_by_environment(settings: Settings) -> None:
    settings.DAYPASS_ADMINISTRATORS = [ALICE]
    PortalRoleMapping.objects.create(principal=ADMINS, portal_role="auditor")
    assert matched([ALICE, ADMINS]).portal_roles == [("Administrator", ALICE), ("Auditor", ADMINS)]
    assert matched(["user:bob@example.com"]).portal_roles == []
