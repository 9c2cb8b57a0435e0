"""A company of five thousand: the work of each request does not grow with what is there already."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SignIn
from accounts.scim.models import DirectoryGroup, DirectoryMembership, DirectoryUser, folded
from audit.models import Event
from tests.accounts.scim.conftest import Answer, Pushing, group_body, user_body
from tests.conftest import MakeRole, Signed

USERS, GROUPS = 5000, 500


@pytest.fixture
def company(db: None) -> list[DirectoryUser]:
    """Five thousand users and five hundred groups that are there already, each user in five of the groups."""
    users = [
        DirectoryUser(provider="okta", user_name=f"u{n}", user_name_key=f"u{n}", external_id=f"u{n}")
        for n in range(USERS)
    ]
    groups = [
        DirectoryGroup(provider="okta", display_name=f"G{n}", display_name_key=folded(f"G{n}")) for n in range(GROUPS)
    ]
    DirectoryUser.objects.bulk_create(users, batch_size=500)
    DirectoryGroup.objects.bulk_create(groups, batch_size=500)
    rows = [
        DirectoryMembership(user=user, group=groups[(number * 7 + step) % GROUPS])
        for number, user in enumerate(users)
        for step in range(5)
    ]
    DirectoryMembership.objects.bulk_create(rows, batch_size=500)
    return users


def cost(directory: Pushing, method: str, path: str, body: object = None) -> tuple[int, Answer]:
    with CaptureQueriesContext(connection) as queries:
        answer = directory(method, path, body)
    assert answer.status_code < 300, answer.content
    return len(queries), answer


REQUESTS = {
    "a new user": ("POST", "/Users", user_body("new"), 7),
    "a new group": ("POST", "/Groups", group_body("New"), 6),
    "a look for a user": ("GET", '/Users?filter=userName eq "u7"', None, 2),
    "a page of users": ("GET", "/Users?startIndex=4000&count=100", None, 2),
    "a page of groups with members": ("GET", "/Groups?count=100", None, 4),
}


def test_requests_in_a_large_directory_take_few_queries(okta: Pushing, company: list[DirectoryUser]) -> None:
    okta.user("warm")
    taken = {name: cost(okta, method, path, body)[0] for name, (method, path, body, _) in REQUESTS.items()}
    assert taken == {name: queries for name, (*_, queries) in REQUESTS.items()}


def test_a_leaver_costs_as_much_whoever_else_is_signed_in(
    okta: Pushing, company: list[DirectoryUser], signed_in: Signed
) -> None:
    okta.user("warm")
    costs = []
    for leaver in company[:2]:
        signed_in(leaver.external_id, provider="okta")
        costs.append(cost(okta, "PATCH", f"/Users/{leaver.pk}", leave())[0])
        for number in range(30):
            signed_in(f"bystander{number}", provider="okta")
    assert costs[0] == costs[1] <= 20
    assert SignIn.objects.filter(end_reason="left").count() == 2


def leave() -> dict[str, object]:
    return {"Operations": [{"op": "replace", "path": "active", "value": False}]}


def test_all_of_a_company_in_one_group_by_one_request_or_in_parts(
    okta: Pushing, company: list[DirectoryUser], make_role: MakeRole, signed_in: Signed
) -> None:
    """One line on the ledger for each request, however many members it moves."""
    make_role("Everybody", "group:okta:Everybody")
    alice = signed_in(company[0].external_id, provider="okta")
    group = okta.group("Everybody")
    began, members = time.process_time(), [{"value": str(user.pk)} for user in company]
    whole, _ = cost(okta, "PUT", f"/Groups/{group.pk}", {"schemas": [], "displayName": "Everybody", "members": members})
    assert (DirectoryMembership.objects.filter(group=group).count(), whole < 60) == (USERS, True)
    part = {"Operations": [{"op": "Remove", "path": "members", "value": members[:1000]}]}
    few, _ = cost(okta, "PATCH", f"/Groups/{group.pk}", part)
    assert (DirectoryMembership.objects.filter(group=group).count(), few < 30) == (USERS - 1000, True)
    assert time.process_time() - began < 30
    alice.refresh_from_db()
    assert "group:okta:Everybody" not in alice.principals
    told = Event.objects.filter(tag="accounts:directory:change").order_by("pk").values_list("details", flat=True)
    assert [(line["came"], line["went"]) for line in told] == [(USERS, 0), (0, 1000)]


def test_an_import_over_http_takes_a_sensible_time(okta: Pushing) -> None:
    began = time.process_time()
    for number in range(200):
        okta.user(f"user{number}", emails=[{"value": f"user{number}@example.com", "type": "work"}])
    assert time.process_time() - began < 30
