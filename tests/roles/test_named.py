"""What the catalog names: the answer that accounts keeps groups by, from both databases alike."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import groups
from accounts.groups import folded
from roles.folding import Folded
from roles.models import PortalRoleMapping, Role, RoleMapping
from roles.named import AT_ONCE, named_principals
from tests.conftest import MakeRole

pytestmark = pytest.mark.django_db
NAMES = ["AWS-Admins", "aws-admins", "AWS-Admins2", "Öl", "öl", "\u0130", "\u0131", "ß", "SS", "ss", "\\'%_\""]
SPELLINGS = [f"group:adfs:{name}" for name in NAMES]


def named(*wanted: str) -> list[str]:
    return sorted(named_principals({folded(principal) for principal in wanted}))


def test_the_catalog_is_asked_from_the_start() -> None:
    assert groups._named == [named_principals]


def test_mappings_of_both_kinds_and_the_environment_name_groups(make_role: MakeRole, settings: Settings) -> None:
    make_role("One", "group:adfs:One")
    PortalRoleMapping.objects.create(principal="group:adfs:Two", portal_role="auditor")
    settings.DAYPASS_ADMINISTRATORS = ["group:adfs:Three"]
    assert named(*(f"group:adfs:{name}" for name in ("ONE", "two", "three", "four"))) == [
        "group:adfs:One",
        "group:adfs:Three",
        "group:adfs:Two",
    ]


def test_what_is_not_in_force_is_named_as_well(make_role: MakeRole) -> None:
    role = make_role("One", "group:adfs:One", enabled=False)
    RoleMapping.objects.update(valid_from=timezone.now() + timedelta(days=1))
    assert (named("group:adfs:One"), role.enabled) == (["group:adfs:One"], False)


@pytest.mark.parametrize("wanted", SPELLINGS)
def test_the_database_folds_as_accounts_does(make_role: MakeRole, wanted: str) -> None:
    make_role("One", *SPELLINGS)
    same = [principal for principal in SPELLINGS if folded(principal) == folded(wanted)]
    assert named(wanted) == sorted(same)
    assert RoleMapping.objects.annotate(key=Folded("principal")).get(principal=wanted).key == folded(wanted)


def test_a_principal_is_composed_however_it_comes(make_role: MakeRole) -> None:
    role = make_role("One", "group:adfs:Cafe\u0301")
    assert RoleMapping.objects.get(principal="group:adfs:Cafe\u0301").principal == "group:adfs:Caf\u00e9"
    typed = RoleMapping(role=role, principal="group:adfs:E\u0301")
    typed.full_clean()
    assert typed.principal == "group:adfs:\u00c9"


def test_queries_depend_on_the_groups_alone(make_role: MakeRole) -> None:
    wanted = [f"group:adfs:g-{number}" for number in range(AT_ONCE)]
    make_role("One", *wanted[:3])
    for some, queries in ((wanted, 1), ([*wanted, "group:adfs:another"], 2), ([], 0)):
        with CaptureQueriesContext(connection) as asked:
            assert len(named(*some)) == (3 if some else 0)
        assert len(asked) == queries


def test_an_index_finds_them(make_role: MakeRole) -> None:
    role = make_role("One")
    rows = [RoleMapping(role=role, principal=f"group:adfs:G-{number}") for number in range(5000)]
    RoleMapping._base_manager.bulk_create(rows)
    plan = explained(RoleMapping.objects.annotate(key=Folded("principal")).filter(key__in=["group:adfs:g-7"]))
    assert "mapping_by_folded" in plan


def explained(rows: Any) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Role._meta.db_table}, {RoleMapping._meta.db_table}")
    plan: str = rows.order_by().explain()
    return plan
