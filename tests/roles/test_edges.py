"""Each number of the catalog at its edge: what is still taken or shown, and what is one too many."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignIn, User
from roles.admin import with_accounts
from roles.catalog import catalog_for
from roles.durations import LONGEST, LONGEST_CHAINED, SHORTEST, USUAL, in_words
from roles.explain import explain, who_can_take
from roles.forms import DurationField, RoleForm
from roles.matching import matched
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from roles.principals import known_principals
from tests.conftest import Browser, MakeRole, Signed

ALICE = "user:alice@example.com"
SECOND = timedelta(seconds=1)


@pytest.fixture
def erin(signed_in: Signed, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
    return browser(signed_in("erin"))


def map_many(role: Role, count: int, **fields: Any) -> None:
    """Write mappings straight into the table, as bench does; the first of them by name is ``group:adfs:0000``."""
    rows = [RoleMapping(role=role, principal=f"group:adfs:{number:04}", **fields) for number in range(count)]
    RoleMapping._base_manager.bulk_create(rows)


def test_aws_gives_sessions_of_a_quarter_to_twelve_hours() -> None:
    assert [in_words(seconds) for seconds in (SHORTEST, USUAL, LONGEST_CHAINED, LONGEST)] == [
        "15 minutes", "1 hour", "1 hour", "12 hours",
    ]  # fmt: skip  # a list to compare with


EDGES = [
    *((Role, name, 900, 43200) for name in ("max_duration", "default_duration")),
    (RoleMapping, "max_duration", 900, 43200),
    (Role, "step_up_minutes", 1, 720),
]


@pytest.mark.parametrize(("model", "name", "least", "most"), EDGES)
def test_a_duration_is_taken_up_to_its_edges(model: type[Role], name: str, least: int, most: int) -> None:
    field: Any = model._meta.get_field(name)
    for value in (least, most):
        field.run_validators(value)
    for value in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            field.run_validators(value)


def test_durations_are_offered_from_the_shortest_to_the_longest() -> None:
    assert DurationField(empty="As the role").choices == [
        ("", "As the role"), (900, "15 minutes"), (1800, "30 minutes"), (2700, "45 minutes"), (3600, "1 hour"),
        (5400, "1 hour 30 minutes"), (7200, "2 hours"), (10800, "3 hours"), (14400, "4 hours"), (21600, "6 hours"),
        (28800, "8 hours"), (36000, "10 hours"), (43200, "12 hours"),
    ]  # fmt: skip  # a list to compare with
    fields = RoleForm().fields
    assert (fields["max_duration"].initial, fields["default_duration"].initial) == (3600, 3600)
    assert (Role().max_duration, Role().default_duration, Role().step_up_minutes) == (3600, 3600, 15)


def test_a_list_can_be_narrowed_by_account_while_there_are_thirty(db: None) -> None:
    rows = [AwsAccount(account_id=f"{number:012}", name=str(number)) for number in range(31)]
    AwsAccount._base_manager.bulk_create(rows[:30])
    assert with_accounts(["enabled"], "account") == ("enabled", "account")
    AwsAccount._base_manager.bulk_create(rows[30:])
    assert with_accounts(["enabled"], "account") == ("enabled",)


@pytest.mark.parametrize(("count", "inline"), [(40, True), (41, False)])
def test_forty_mappings_are_edited_on_the_roles_own_page(make_role: MakeRole, count: int, *, inline: bool) -> None:
    role = make_role("S3ReadOnly")
    map_many(role, count)
    shown = admin.site._registry[Role].get_inlines(RequestFactory().get("/"), role)
    assert bool(shown) is inline


def test_a_list_has_a_hundred_rows_a_page(make_role: MakeRole, alice: SignIn) -> None:
    map_many(make_role("S3ReadOnly"), 101)
    request = RequestFactory().get("/")
    request.user = alice.user
    alice.user.portal_roles = frozenset({"auditor"})
    assert len(admin.site._registry[RoleMapping].get_changelist_instance(request).result_list) == 100


def test_a_history_has_fifty_versions_a_page(erin: Client, make_role: MakeRole) -> None:
    account = make_role("S3ReadOnly").account
    first = account.history.values().get()
    versions = [AwsAccount.history.model(**{**first, "history_id": None}) for _ in range(50)]
    AwsAccount.history.bulk_create(versions)
    page = erin.get(reverse("admin:roles_awsaccount_history", args=[account.pk]))
    assert (len(page.context["page_obj"].object_list), account.history.count()) == (50, 51)


def test_ten_people_of_one_name_are_explained(erin: Client, make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly")
    User.objects.bulk_create(User(username=f"google:{number}", name="Sam") for number in range(11))
    page = erin.get(reverse("admin:roles_role_who", args=[role.pk]), {"person": "Sam"})
    assert len(page.context["explanations"]) == 10


def test_eight_words_narrow_a_search_and_no_more(make_role: MakeRole, alice: SignIn) -> None:
    make_role("S3ReadOnly", ALICE)
    found = [catalog_for(sign_in=alice, query=f"{'s3 ' * words}nowhere").total for words in (7, 8)]
    assert found == [0, 1]


def test_two_hundred_mappings_and_holders_of_a_role_are_shown_and_all_are_counted(make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly", "domain:example.com")
    map_many(role, 200)
    sign_in_many(201, ["domain:example.com"])
    audience = who_can_take(role)
    assert (len(audience.mappings), audience.mappings_total) == (200, 201)
    assert (len(audience.holders), audience.holders_total) == (200, 201)


def sign_in_many(count: int, principals: list[str], **fields: Any) -> None:
    users = User.objects.bulk_create(User(username=f"google:{number}") for number in range(count))
    until = timezone.now() + timedelta(hours=1)
    SignIn.objects.bulk_create(
        SignIn(
            user=user,
            provider="google",
            subject=user.username,
            principals=principals,
            authenticated_at=until,
            expires_at=until,
            **fields,
        )
        for user in users
    )


def test_holders_are_looked_for_among_the_latest_five_thousand(make_role: MakeRole, alice: SignIn) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert who_can_take(make_role("S3ReadOnly", ALICE)).holders_total == 1
    assert [query["sql"].partition(" LIMIT ")[2] for query in asked if "refreshed_at" in query["sql"]] == ["5000"]


@pytest.mark.parametrize(("before", "told"), [(49, 1), (50, 0)])
def test_the_age_of_fifty_mappings_is_looked_up(make_role: MakeRole, alice: SignIn, before: int, told: int) -> None:
    """The new group stands behind so many others, in the order of mappings."""
    SignIn.objects.update(provider="adfs", started_at=timezone.now() - timedelta(hours=1))
    role = make_role("S3ReadOnly", "group:adfs:new")
    map_many(role, before)
    steps = [step for step in explain(user=alice.user, role=role).steps if "No mapping named" in step.text]
    assert len(steps) == told


def test_two_hundred_grants_of_principals_are_shown_and_all_are_counted(make_role: MakeRole) -> None:
    account = make_role("S3ReadOnly", ALICE).account
    arn = f"arn:aws:iam::{account.account_id}:role/"
    roles = Role._base_manager.bulk_create(Role(account=account, arn=f"{arn}{n}", name=str(n)) for n in range(200))
    RoleMapping._base_manager.bulk_create(RoleMapping(role=role, principal=ALICE) for role in roles)
    found = matched([ALICE])
    assert (len(found.grants), found.grants_total) == (200, 201)


def test_three_hundred_principals_are_offered_of_mappings_and_two_hundred_sign_ins(
    make_role: MakeRole, signed_in: Signed, alice: SignIn
) -> None:
    sign_in_many(199, [], started_at=alice.started_at + SECOND)
    assert ALICE in known_principals()
    bob = signed_in("bob")
    assert known_principals() == sorted(bob.principals)
    map_many(make_role("S3ReadOnly"), 301)
    assert known_principals() == [f"group:adfs:{number:04}" for number in range(300)]
