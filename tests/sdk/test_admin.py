"""Tools in the administration: administrators end them, auditors read, strangers learn nothing."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import SignIn
from audit.models import Event
from roles.models import PortalRoleMapping
from sdk.models import Authorization
from tests.conftest import Browser
from tests.sdk.conftest import Admit

pytestmark = pytest.mark.django_db
LIST = "/admin/sdk/authorization/"


def holding(portal_role: str, sign_in: SignIn, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal=f"user:{sign_in.email}", portal_role=portal_role)
    return browser(sign_in)


def end_all(client: Client) -> Any:
    chosen = [str(one.pk) for one in Authorization.objects.all()]
    return client.post(LIST, {"action": "end_tools", "_selected_action": chosen}, follow=True)


def test_an_administrator_ends_a_tool(admitted: Admit, alice: SignIn, bob: SignIn, browser: Browser) -> None:
    tool, client = admitted(alice), holding("administrator", bob, browser)
    assert "AWS CLI 2.36.7" in client.get(LIST).content.decode()
    assert "1 tool ended." in end_all(client).content.decode()
    assert tool.get("/assignment/accounts").status == 401
    event = Event.objects.get(tag="sdk:tool:end")
    assert (event.actor_name, event.details["reason"]) == ("bob@example.com", "by_administrator")


def test_an_auditor_reads_and_ends_none(admitted: Admit, alice: SignIn, audrey: SignIn, browser: Browser) -> None:
    tool, client = admitted(alice), holding("auditor", audrey, browser)
    page = client.get(f"{LIST}{Authorization.objects.get().pk}/change/")
    assert (page.status_code, tool.tokens["accessToken"] in page.content.decode()) == (200, False)
    end_all(client)
    assert tool.get("/assignment/accounts").status == 200


def test_nobody_else_sees_it(alice: SignIn, browser: Browser) -> None:
    assert browser(alice).get(LIST).status_code == 404


def test_what_has_ended_is_not_counted(admitted: Admit, alice: SignIn, bob: SignIn, browser: Browser) -> None:
    first, client = admitted(alice), holding("administrator", bob, browser)
    admitted(alice)
    admitted(alice)
    first.logout()
    assert "2 tools ended." in end_all(client).content.decode()
