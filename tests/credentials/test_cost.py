"""What an issue costs the database, whatever the size of the catalog."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SignIn
from credentials import aws as sts
from demo.aws.testing import RunningAws
from roles.models import Role, RoleMapping
from tests.conftest import Browser, MakeRole

PAGE = "/roles/111122223333/S3ReadOnly/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alices(local_aws: RunningAws, s3_read_only: Role, browser: Browser, alice: SignIn) -> Client:
    sts.warm()
    return browser(alice)


def statements(client: Client, path: str, data: dict[str, Any] | None) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.post(path, data) if data else client.get(path)
    assert answer.status_code == 200
    return [query["sql"] for query in queries.captured_queries]


@pytest.mark.parametrize("action", ["", "credentials/"])
def test_a_thousand_mappings_cost_no_query_more(alices: Client, make_role: MakeRole, action: str) -> None:
    def cost() -> int:
        return len(statements(alices, PAGE + action, {"request_key": uuid4()} if action else None))

    few = cost()
    rows = [make_role(f"Role{n}") for n in range(100)]
    mappings = [RoleMapping(role=role, principal=f"user:p{n}@example.com") for role in rows for n in range(10)]
    RoleMapping._base_manager.bulk_create(mappings)
    assert cost() == few


def test_an_issue_is_two_transactions_and_nothing_is_written_twice(alices: Client) -> None:
    found = statements(alices, f"{PAGE}credentials/", {"request_key": uuid4()})
    written = [re.match(r'(?:INSERT(?: OR IGNORE)? INTO|UPDATE) "(\w+)"', sql) for sql in found]
    writes = [match.group(1) for match in written if match]
    assert writes == [
        "credentials_issuedsession",
        "audit_event",
        "credentials_issuedsession",
        "audit_event",
        "audit_job",
    ]
    assert sum(sql.startswith("BEGIN") for sql in found) == 2
