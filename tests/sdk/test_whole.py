"""A change and its event are one: what breaks half-way leaves neither."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import SignIn
from sdk import authorizations, codes, container, devices
from tests.conftest import SANDBOX, Browser, MakeRole
from tests.rows import all_rows, changed
from tests.sdk.conftest import Admit, Tool
from tests.sdk.pkce import approved, redeem, request_of

pytestmark = pytest.mark.django_db
PAGE = f"/roles/{SANDBOX}/S3ReadOnly/token/"


@pytest.mark.parametrize(
    ("module", "breaks", "act", "beside"),
    [
        (authorizations, "record", "redeem a device", {"DeviceAuthorization"}),
        (authorizations, "hold_sign_in", "redeem a device", {"DeviceAuthorization"}),
        (authorizations, "_with_access", "redeem a device", {"DeviceAuthorization"}),
        (authorizations, "_with_access", "redeem a code", {"AuthorizationCode"}),
        (authorizations, "_with_access", "renew", set()),
        (authorizations, "record", "log out", set()),
        (authorizations, "hold_sign_in", "log out", set()),
        (devices, "record", "let in", set()),
        (devices, "record_refusal", "refuse", set()),
        (codes, "AuthorizationCode", "issue a code", set()),
        (container, "AccessToken", "make a token", set()),
        (container, "hold_sign_in", "make a token", set()),
        (container, "record", "make a token", set()),
    ],
)
def test_what_breaks_half_way_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
    admitted: Admit,
    alice: SignIn,
    browser: Browser,
    make_role: MakeRole,
    pkce: Tool,
    module: Any,
    breaks: str,
    act: str,
    beside: set[str],
) -> None:
    make_role("S3ReadOnly", "user:alice@example.com")
    tool, client = admitted(alice), browser(alice)
    client.raise_request_exception = False
    waiting, let_in, code = tool.start(), tool.start(), approved(client, pkce)
    client.post("/device", {"user_code": let_in["userCode"], "decision": "approve"})
    client.get("/device", {"user_code": waiting["userCode"]})
    acts: dict[str, Callable[[], Any]] = {
        "redeem a device": lambda: tool.token(deviceCode=let_in["deviceCode"]),
        "redeem a code": lambda: redeem(pkce, code),
        "renew": tool.refresh,
        "log out": tool.logout,
        "let in": lambda: client.post("/device", {"user_code": waiting["userCode"], "decision": "approve"}),
        "refuse": lambda: client.post("/device", {"user_code": waiting["userCode"], "decision": "refuse"}),
        "issue a code": lambda: client.post(request_of(pkce), {"decision": "approve"}),
        "make a token": lambda: client.post(PAGE, {"name": "x", "hours": "4"}),
    }
    tool.get("/assignment/accounts")  # which notes that it is in use
    before = all_rows()
    monkeypatch.setattr(module, breaks, Broken())
    answer = acts[act]()
    assert getattr(answer, "status_code", getattr(answer, "status", 0)) == 500
    noted = {f"sdk.{model}" for model in beside} | {"accounts.RateCount"}
    assert changed(before, all_rows()) - noted == set()


class Broken:
    """Stands in for whatever comes at the end, and fails."""

    def __call__(self, *_: object, **__: object) -> None:
        raise ConnectionError

    @property
    def objects(self) -> None:
        raise ConnectionError
