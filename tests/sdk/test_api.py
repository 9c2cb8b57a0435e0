"""The operations behind a bearer token, and what every answer of the door has in common."""

import base64
import json

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.limits import Limit
from accounts.models import SignIn
from roles.models import AwsAccount
from sdk import limits
from sdk.api import OPERATIONS
from tests.conftest import PRODUCTION, SANDBOX, MakeRole
from tests.sdk.conftest import Admit, Tool, seen

pytestmark = pytest.mark.django_db


def test_listing_shows_what_the_page_shows(admitted: Admit, alice: SignIn, make_role: MakeRole) -> None:
    for name in ("Reader", "Admin"):
        make_role(name, "user:alice@example.com")
    make_role("Operator", "user:bob@example.com", account=PRODUCTION)
    tool = admitted(alice)
    accounts = [{"accountId": SANDBOX, "accountName": "Example Sandbox"}]
    assert tool.get("/assignment/accounts").body == {"accountList": accounts}
    roles = [{"roleName": name, "accountId": SANDBOX} for name in ("Admin", "Reader")]
    assert tool.get("/assignment/roles", account_id=SANDBOX).body == {"roleList": roles}
    assert tool.get("/assignment/roles", account_id=PRODUCTION).body == {"roleList": []}


def test_pages_hold_everything_once(admitted: Admit, alice: SignIn, make_role: MakeRole) -> None:
    names = sorted(f"Role-{number}" for number in range(7))
    for name in names:
        make_role(name, "user:alice@example.com")
    tool, found, following = admitted(alice), [], ""
    while True:
        page = tool.get("/assignment/roles", account_id=SANDBOX, max_result="3", next_token=following).body
        found += [role["roleName"] for role in page["roleList"]]
        following = page.get("nextToken", "")
        if not following:
            break
    assert found == names


@pytest.mark.parametrize(
    "query",
    [
        {"max_result": "0"},
        {"max_result": "101"},
        {"max_result": "1e2"},
        {"max_result": "-1"},
        {"next_token": "nonsense"},
        {"next_token": "WyJhIiwgImIiXQ=="},
        {"next_token": "W1tbW1tb" * 100},
        {"account_id": "1"},
        {"account_id": "١١١١٢٢٢٢٣٣٣٣"},
    ],
)
def test_a_query_that_makes_no_sense(admitted: Admit, alice: SignIn, query: dict[str, str]) -> None:
    answer = admitted(alice).get("/assignment/roles", **{"account_id": SANDBOX, **query})
    assert (answer.status, answer.error) == (400, "InvalidRequestException")


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "é" * 43, "a" * 5000, "' OR 1=1 --"])
def test_a_token_that_is_none(tool: Tool, token: str) -> None:
    for path in ("/assignment/accounts", "/assignment/roles", "/federation/credentials"):
        assert (tool.get(path, token).status, tool.get(path, token).error) == (401, "UnauthorizedException")


@pytest.mark.parametrize("role", ["Admin/../x", "", "a" * 65, "Admin%00", "Admin Admin", "Ädmin"])
def test_a_role_name_of_another_alphabet(admitted: Admit, alice: SignIn, role: str) -> None:
    answer = admitted(alice).get("/federation/credentials", account_id=SANDBOX, role_name=role)
    assert (answer.status, answer.error) == (400, "InvalidRequestException")


def test_a_role_of_somebody_else_is_forbidden_like_one_that_is_not(
    admitted: Admit, alice: SignIn, make_role: MakeRole
) -> None:
    make_role("Operator", "user:bob@example.com")
    tool = admitted(alice)
    answers = [
        tool.get("/federation/credentials", account_id=SANDBOX, role_name=name) for name in ("Operator", "Nothing")
    ]
    assert {(answer.status, answer.error) for answer in answers} == {(403, "ForbiddenException")}


@pytest.mark.parametrize("path", ["/assignment/nothing", "/client/", "/token/", "/federation/credentials/"])
def test_an_unknown_path_below_an_operation_is_told_so_in_json(path: str) -> None:
    assert seen(Client().get(path)).error == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/token", "POST"), ("POST", "/assignment/roles", "GET"), ("PUT", "/logout", "POST")],
)
def test_a_wrong_method_is_told_the_right_one(method: str, path: str, allow: str) -> None:
    answer = seen(Client().generic(method, path))
    assert (answer.status, answer.headers["Allow"]) == (405, allow)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"[" * 50_000, b'"x"', b"\xff", b"{" + b" " * 20_000 + b"}", b"null"]
)
def test_a_body_that_is_no_json_object(body: bytes) -> None:
    answer = seen(Client().post("/client/register", body, content_type="application/json"))
    assert (answer.status, answer.error) == (400, "InvalidRequestException")


def test_a_foreign_host_is_told_so_in_json() -> None:
    answer = seen(Client(headers={"host": "evil.example"}).get("/assignment/accounts"))
    assert (answer.status, answer.error) == (400, "InvalidRequestException")


def test_a_device_that_waits_fills_no_log(tool: Tool, caplog: pytest.LogCaptureFixture) -> None:
    code = tool.start()["deviceCode"]
    assert tool.token(deviceCode=code).error == "AuthorizationPendingException"
    assert caplog.records == []


@pytest.mark.parametrize(
    ("error", "why", "status", "kind"),
    [
        (RuntimeError("a secret"), "RuntimeError", 500, "InternalServerException"),
        (OperationalError("gone"), "OperationalError: gone", 503, "ServiceUnavailableException"),
    ],
)
def test_what_breaks_is_told_in_json_and_logged_without_our_words(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    why: str,
    status: int,
    kind: str,
) -> None:
    def breaks(_request: object) -> None:
        raise error

    monkeypatch.setitem(OPERATIONS, "/logout", {"POST": breaks})
    answer = seen(Client().post("/logout"))
    assert (answer.status, answer.error) == (status, kind)
    (logged,) = caplog.messages
    assert logged.startswith(f"POST /logout failed ({why}), reference DP-")
    assert answer.body["message"].endswith(f"tell an administrator {logged.rpartition(' ')[2]}.")


@pytest.mark.parametrize("address", ["%0aFORGED", "%0d%0aFORGED", "%1b[31m", "%e2%80%a8FORGED"])
def test_an_address_cannot_forge_a_log_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("sdk.container.container_credentials", breaks)
    assert Client().get(f"/sdk/credentials/{address}").status_code == 503
    assert [line.isascii() and line.isprintable() for line in caplog.messages] == [True]


def test_a_device_that_asks_too_often_for_codes_is_told_to_wait(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DEVICE", Limit("sdk_device", 2, 60))
    body = tool.registered | {"startUrl": "http://testserver/start"}
    assert [tool.post("/device_authorization", body).status for _ in range(3)] == [200, 200, 429]


def test_accounts_of_one_name_are_all_listed_page_by_page(admitted: Admit, alice: SignIn, make_role: MakeRole) -> None:
    """The name sorts first, and the ID decides between equal ones."""
    ids = [f"{number:012}" for number in range(1, 6)]
    for number in ids:
        make_role("Reader", "user:alice@example.com", account=number)
    AwsAccount.objects.filter(account_id__in=ids[1:4]).update(name="Example A")
    tool, found, following = admitted(alice), [], ""
    for _ in ids:
        page = tool.get("/assignment/accounts", max_result="1", next_token=following).body
        found += [account["accountId"] for account in page["accountList"]]
        following = page.get("nextToken", "")
    assert (found, following) == ([*ids[1:4], ids[0], ids[4]], "")


@pytest.mark.parametrize(
    ("key", "fine"),
    [(["Reader"], True), (["Re\0ader"], False), (["a", "b"], False), ([1], False), ({"0": "a"}, False), ("a", False)],
)
def test_a_token_of_the_next_page_is_one_of_ours(
    admitted: Admit, alice: SignIn, make_role: MakeRole, key: object, fine: object
) -> None:
    make_role("Zoo", "user:alice@example.com")
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    answer = admitted(alice).get("/assignment/roles", account_id=SANDBOX, next_token=token)
    assert answer.body.get("message", "") == ("" if fine else "next_token is not one of ours.")


@pytest.mark.parametrize(("length", "status"), [(1000, 200), (1004, 400)])
def test_a_token_of_the_next_page_has_1000_characters(admitted: Admit, alice: SignIn, length: int, status: int) -> None:
    key = ["x" * (length * 3 // 4 - 4)]
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    assert len(token) == length
    assert admitted(alice).get("/assignment/roles", account_id=SANDBOX, next_token=token).status == status
