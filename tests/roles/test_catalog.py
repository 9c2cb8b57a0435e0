from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignIn
from roles.access import grant_for
from roles.catalog import Page, catalog_for, shelves_for
from roles.models import AwsAccount, Role, RoleMapping, RolePreference
from roles.preferences import star, taken
from tests.conftest import PRODUCTION, SANDBOX, MakeRole

ALICE = "user:alice@example.com"


def names(page: Page) -> list[tuple[str, list[str]]]:
    return [(group.account.name, [entry.role.name for entry in group.entries]) for group in page.groups]


def found(sign_in: SignIn, query: str) -> list[str]:
    return [name for _, of_account in names(catalog_for(sign_in=sign_in, query=query)) for name in of_account]


def test_nothing_mapped_shows_nothing(make_role: MakeRole, charlie: SignIn) -> None:
    make_role("S3ReadOnly", ALICE)
    assert catalog_for(sign_in=charlie) == Page(groups=[], total=0, shown=0, next_url="")


def test_what_is_off_or_out_of_time_is_not_shown(make_role: MakeRole, alice: SignIn) -> None:
    make_role("Off", ALICE, enabled=False)
    past = make_role("Past", ALICE)
    RoleMapping.objects.filter(role=past).update(valid_until=timezone.now() - timedelta(seconds=1))
    assert catalog_for(sign_in=alice).total == 0


def test_roles_stand_by_account_each_once(make_role: MakeRole, alice: SignIn) -> None:
    make_role("Writer", ALICE, "domain:example.com")
    make_role("Reader", ALICE)
    make_role("Auditor", "domain:example.com", account=PRODUCTION)
    assert names(catalog_for(sign_in=alice)) == [
        ("Example Production", ["Auditor"]),
        ("Example Sandbox", ["Reader", "Writer"]),
    ]


def test_the_grant_shown_is_the_grant_given(make_role: MakeRole, alice: SignIn) -> None:
    role = make_role("Writer", max_duration=7200)
    RoleMapping.objects.create(role=role, principal=ALICE, max_duration=900)
    RoleMapping.objects.create(role=role, principal="domain:example.com")
    shown = catalog_for(sign_in=alice).groups[0].entries[0].grant
    assert shown == grant_for(sign_in=alice, account_id=SANDBOX, role_name="Writer")
    assert (shown.max_duration, shown.principal) == (7200, "domain:example.com")


@pytest.mark.parametrize("query", ["read", "REPORTS", "sandbox", SANDBOX[:6], "s3 sandbox", "example read 1111"])
def test_search_finds_by_any_field_and_every_word(make_role: MakeRole, alice: SignIn, query: str) -> None:
    make_role("S3ReadOnly", ALICE, description="Look at reports")
    make_role("Auditor", ALICE, account=PRODUCTION)
    assert found(alice, query) == ["S3ReadOnly"]


@pytest.mark.parametrize("query", ["read production", "%", "_", "'", "S3ReadOnly\\"])
def test_search_finds_nothing_by_half_or_by_wildcard(make_role: MakeRole, alice: SignIn, query: str) -> None:
    make_role("S3ReadOnly", ALICE, description="Look at reports")
    assert found(alice, query) == []


def test_addresses_of_an_entry(make_role: MakeRole, alice: SignIn) -> None:
    make_role("a+b=c,d.e@f-g", ALICE)
    entry = catalog_for(sign_in=alice).groups[0].entries[0]
    assert (
        entry.url == reverse("credentials:role", args=[SANDBOX, "a+b=c,d.e@f-g"]) == f"/roles/{SANDBOX}/a+b=c,d.e@f-g/"
    )
    assert (entry.console_url, entry.credentials_url) == (f"{entry.url}console/", f"{entry.url}credentials/")


def test_shelves_hold_what_may_be_taken_now(make_role: MakeRole, alice: SignIn, bob: SignIn) -> None:
    mine, foreign = make_role("Mine", ALICE), make_role("Foreign")
    for role in (mine, foreign):
        star(user_id=alice.user_id, role_id=role.pk)
        taken(user_id=alice.user_id, role_id=role.pk, at=timezone.now(), until=None)
    shelves = shelves_for(sign_in=alice)
    assert [e.role for e in shelves.favourites] == [e.role for e in shelves.recents] == [mine]
    assert shelves_for(sign_in=bob).favourites == []


def test_recents_are_the_last_five_latest_first(make_role: MakeRole, alice: SignIn) -> None:
    now = timezone.now()
    for age in (3, 1, 6, 2, 5, 4):
        role = make_role(f"Age{age}", ALICE)
        taken(user_id=alice.user_id, role_id=role.pk, at=now - timedelta(days=age), until=None)
    assert [e.role.name for e in shelves_for(sign_in=alice).recents] == ["Age1", "Age2", "Age3", "Age4", "Age5"]


def test_taking_twice_in_any_order_keeps_the_latest(make_role: MakeRole, alice: SignIn) -> None:
    role, now = make_role("Mine", ALICE), timezone.now()
    for at in (now, now - timedelta(hours=1), now):
        taken(user_id=alice.user_id, role_id=role.pk, at=at, until=at + timedelta(hours=2))
    kept = [(p.last_taken_at, p.live_until, p.starred) for p in RolePreference.objects.all()]
    assert kept == [(now, now + timedelta(hours=2), False)]


@pytest.mark.parametrize(
    ("until", "left"), [(None, {0}), (timedelta(seconds=-1), {0}), (timedelta(hours=1), {3599, 3600})]
)
def test_a_recent_role_tells_how_long_its_session_lives(
    make_role: MakeRole, alice: SignIn, bob: SignIn, until: timedelta | None, left: set[int]
) -> None:
    role, now = make_role("Mine", ALICE, "user:bob@example.com"), timezone.now()
    taken(user_id=alice.user_id, role_id=role.pk, at=now, until=None if until is None else now + until)
    taken(user_id=bob.user_id, role_id=role.pk, at=now, until=now + timedelta(hours=9))
    assert {entry.seconds_left for entry in shelves_for(sign_in=alice).recents} <= left


def fill(mine: int, others: int) -> None:
    """Write roles and mappings straight into the tables, as bench does."""
    account = AwsAccount.objects.create(account_id="777788889999", name="Many")
    arn = f"arn:aws:iam::{account.account_id}:role/"
    rows = [Role(account=account, arn=f"{arn}R{n:05}", name=f"R{n:05}") for n in range(mine + others)]
    roles = Role._base_manager.bulk_create(rows)
    principals = [ALICE] * mine + ["user:somebody@example.com"] * others
    RoleMapping._base_manager.bulk_create(
        RoleMapping(role=role, principal=principal) for role, principal in zip(roles, principals, strict=True)
    )


def queries(sign_in: SignIn) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page = catalog_for(sign_in=sign_in)
        [entry.role.account.name for group in page.groups for entry in group.entries]
        shelves_for(sign_in=sign_in)
    return len(captured)


def test_as_many_queries_for_a_thousand_roles_as_for_one(make_role: MakeRole, alice: SignIn) -> None:
    star(user_id=alice.user_id, role_id=make_role("One", ALICE).pk)
    one = queries(alice)
    fill(mine=1000, others=2000)
    for role in Role.objects.filter(account__name="Many")[:20]:
        star(user_id=alice.user_id, role_id=role.pk)
    assert (one, queries(alice)) == (6, 6)


def test_pages_cover_everything_once(alice: SignIn) -> None:
    fill(mine=450, others=10)
    pages = [catalog_for(sign_in=alice, query="many", offset=offset) for offset in (0, 200, 400)]
    assert [(page.total, page.shown) for page in pages] == [(450, 200), (450, 400), (450, 450)]
    assert [page.next_url for page in pages] == ["/?q=many&offset=200", "/?q=many&offset=400", ""]
    assert len({entry.role.name for page in pages for g in page.groups for entry in g.entries}) == 450


def test_an_offset_behind_the_end_is_an_empty_page(make_role: MakeRole, alice: SignIn) -> None:
    make_role("One", ALICE)
    assert catalog_for(sign_in=alice, offset=10_000_000) == Page(groups=[], total=1, shown=1, next_url="")
