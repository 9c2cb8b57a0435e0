"""Bob's tools, and those of Alice's other sign-in, while one tool of hers acts: none of their rows is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from accounts.models import SignIn
from audit.record import Origin
from roles.access import grant_for
from roles.models import PortalRoleMapping, Role
from sdk import api, urls
from sdk.container import make_token
from sdk.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    DeviceAuthorization,
    RefreshToken,
    Registration,
    SharedAnswer,
)
from sdk.prune import prune
from tests.conftest import SANDBOX, Browser, MakeRole, Signed
from tests.rows import Rows, all_rows
from tests.sdk.conftest import Admit, Clock, Tool
from tests.sdk.pkce import PKCE, approved, redeem, request_of

pytestmark = pytest.mark.django_db
ROLE = {"account_id": SANDBOX, "role_name": "S3ReadOnly"}
PAGE, CONTAINER = f"/roles/{SANDBOX}/S3ReadOnly/token/", f"/sdk/credentials/{SANDBOX}/S3ReadOnly"
CLIENT = {"clientName": "c", "clientType": "public", **PKCE}
TOKEN, REGION = {"name": "nightly build", "hours": "4"}, {"region": "us-east-1"}


@dataclass
class Hers:
    """What Alice has: a browser, a tool of each kind, and an administrator who may end what she has."""

    sign_in: SignIn
    browser: Client
    tool: Tool
    pkce: Tool
    administrator: Client

    def started(self) -> dict[str, str]:
        return self.tool.registered | {"startUrl": "http://testserver/start"}

    def poll(self) -> Any:
        """Redeem what Alice let in a moment ago."""
        started = self.tool.start()
        self.browser.post("/device", {"user_code": started["userCode"], "decision": "approve"})
        return self.tool.token(deviceCode=started["deviceCode"])

    def refuse(self) -> Any:
        return self.browser.post("/device", {"user_code": self.tool.start()["userCode"], "decision": "refuse"})

    def code(self) -> str:
        return approved(self.browser, self.pkce)

    def replay(self) -> Any:
        code = self.code()
        redeem(self.pkce, code)
        return redeem(self.pkce, code)

    def ask(self) -> Any:
        grant, until = grant_for(sign_in=self.sign_in, **ROLE), timezone.now() + timedelta(hours=1)
        token = make_token(sign_in=self.sign_in, grant=grant, name="ci", expires_at=until, origin=Origin())
        return Client(headers={"authorization": f"Bearer {token}"}).get(CONTAINER)

    def end(self) -> Any:
        return self.browser.post(reverse("sdk:end_tool", args=[self.held()]))

    def ended_by_administrator(self) -> Any:
        chosen = {"action": "end_tools", "_selected_action": [str(self.held())]}
        return self.administrator.post("/admin/sdk/authorization/", chosen)

    def held(self) -> UUID:
        return Authorization.objects.get(sign_in=self.sign_in).pk


# What is done, at which address, and with which status; prune has no address, administration has its own, and there is
# no AWS behind this portal.
ACTS: dict[str, tuple[str, int, Callable[[Hers], Any]]] = {
    "register": ("/client/register", 200, lambda her: her.tool.post("/client/register", CLIENT)),
    "start": ("/device_authorization", 200, lambda her: her.tool.post("/device_authorization", her.started())),
    "poll": ("/token", 200, lambda her: her.poll()),
    "redeem a code": ("/token", 200, lambda her: redeem(her.pkce, her.code())),
    "redeem it twice": ("/token", 400, lambda her: her.replay()),
    "redeem it wrongly": ("/token", 400, lambda her: redeem(her.pkce, her.code(), codeVerifier="w" * 64)),
    "renew": ("/token", 200, lambda her: her.tool.refresh()),
    "list accounts": ("/assignment/accounts", 200, lambda her: her.tool.get("/assignment/accounts")),
    "list roles": ("/assignment/roles", 200, lambda her: her.tool.get("/assignment/roles", account_id=SANDBOX)),
    "take": ("/federation/credentials", 503, lambda her: her.tool.get("/federation/credentials", **ROLE)),
    "take by container": (CONTAINER, 503, lambda her: her.ask()),
    "log out": ("/logout", 200, lambda her: her.tool.logout()),
    "let a device in": ("/device", 200, lambda her: her.poll()),
    "refuse a device": ("/device", 200, lambda her: her.refuse()),
    "refuse a tool": ("/authorize", 302, lambda her: her.browser.post(request_of(her.pkce), {"decision": "refuse"})),
    "end a tool": ("/tools/0/end/", 302, lambda her: her.end()),
    "end by an administrator": ("", 302, lambda her: her.ended_by_administrator()),
    "look at tools": ("/tools/", 200, lambda her: her.browser.get("/tools/")),
    "set up": ("/terminal/", 200, lambda her: her.browser.get("/terminal/", REGION)),
    "save the file": ("/terminal/config", 200, lambda her: her.browser.get("/terminal/config", REGION)),
    "save the rules": ("/terminal/models.zip", 200, lambda her: her.browser.get("/terminal/models.zip")),
    "start URL": ("/start", 302, lambda her: her.browser.get("/start")),
    "make a token": (PAGE, 200, lambda her: her.browser.post(PAGE, TOKEN)),
    "prune": ("", 0, lambda her: prune()),
}


def one_of_each(sign_in: SignIn, registration: Registration, role: Role, now: Any) -> None:
    """Give a person a row of every kind, in every state that an act could take for one of Alice's."""
    until, kinds = now + timedelta(hours=4), Authorization.Kind
    rows = ((kinds.DEVICE, None), (kinds.DEVICE, now + timedelta(hours=1)), (kinds.PKCE, None), (kinds.CONTAINER, None))
    for number, (kind, ended_at) in enumerate(rows):
        tool = {"role": role} if kind == kinds.CONTAINER else {"registration": registration}
        one = Authorization.objects.create(
            sign_in=sign_in, kind=kind, name="theirs", expires_at=until, ended_at=ended_at, **tool
        )
        AccessToken.objects.create(authorization=one, token_hash=f"{one.pk}", expires_at=until)
        RefreshToken.objects.create(authorization=one, token_hash=f"{one.pk}", used_at=now if number else None)
        code = {"code_hash": f"{one.pk}", "redirect_uri": "x", "code_challenge": "x", "expires_at": until}
        if kind == kinds.PKCE:
            AuthorizationCode.objects.create(authorization=one, registration=registration, **code)
    for state in DeviceAuthorization.State:
        hashes = {"device_code_hash": f"{sign_in.pk}{state}", "user_code_hash": f"{sign_in.pk}{state}"}
        DeviceAuthorization.objects.create(registration=registration, state=state, expires_at=until, **hashes)
    SharedAnswer.objects.create(key=f"{sign_in.pk}", claimed_at=now.timestamp(), sealed="theirs")
    SignIn.objects.filter(pk=sign_in.pk).update(tools_until=until)


@pytest.fixture
def world(
    signed_in: Signed, make_role: MakeRole, browser: Browser, admitted: Admit, clock: Clock, settings: Any
) -> tuple[Hers, Rows]:
    """Return what is Alice's, and all rows as they stood when she came."""
    role = make_role("S3ReadOnly", "user:alice@example.com", "user:bob@example.com")
    PortalRoleMapping.objects.create(principal="user:charlie@example.com", portal_role="administrator")
    tool, pkce, other = Tool().register(), Tool().register(**PKCE), Tool().register()
    Registration.objects.update(used_at=clock.now)
    for sign_in, theirs in ((signed_in("bob"), tool), (signed_in("alice"), other)):
        one_of_each(sign_in, Registration.objects.get(pk=theirs.registered["clientId"]), role, clock.now)
    before = all_rows()
    alice, charlie = signed_in("alice"), signed_in("charlie")
    her = Hers(alice, browser(alice), admitted(alice, tool), pkce, browser(charlie))
    return her, before


def test_every_operation_and_page_is_among_the_acts() -> None:
    paths = {path for path, _, _ in ACTS.values()} - {""}
    assert paths >= api.OPERATIONS.keys()
    pages = paths - api.OPERATIONS.keys() - {CONTAINER}
    zero = f"{UUID(int=0)}"
    assert {resolve(page.replace("/0/", f"/{zero}/")).url_name for page in pages} == {
        pattern.name for pattern in urls.urlpatterns
    }


@pytest.mark.parametrize("name", ACTS)
def test_no_row_of_a_bystander_changes(world: tuple[Hers, Rows], clock: Clock, name: str) -> None:
    (her, before), (_, status, act) = world, ACTS[name]
    clock.forward(seconds=61)
    answer: Any = act(her)
    assert getattr(answer, "status_code", getattr(answer, "status", 0)) == status
    after = all_rows()
    gone = {label: rows - after[label] for label, rows in before.items() if label != "accounts.RateCount"}
    assert {label: rows for label, rows in gone.items() if rows} == {}
