"""What administrators and auditors see of directories."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import SignIn
from accounts.scim.models import DirectoryGroup, DirectoryUser
from accounts.scim.status import last_push
from roles.models import PortalRoleMapping
from tests.accounts.scim.conftest import Pushing
from tests.conftest import Browser, Signed


@pytest.fixture
def audrey_window(signed_in: Signed, browser: Browser) -> Client:
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    return browser(signed_in("audrey"))


def page(client: Client, row: DirectoryUser | DirectoryGroup) -> str:
    answer = client.get(reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_users_page_says_how_they_stand_and_who_they_are(
    okta: Pushing, audrey_window: Client, signed_in: Signed
) -> None:
    alice = signed_in("alice", provider="okta")
    user = okta.user("alice")
    okta.group("AWS-Admins", user)
    okta.deactivate(user)
    shown = page(audrey_window, user)
    person = reverse("admin:accounts_user_change", args=[alice.user_id])
    for expected in ("Left", "AWS-Admins", f'<a href="{person}">alice@example.com</a>', "UTC, PATCH /Users"):
        assert expected in shown


def test_a_namesake_at_another_provider_is_not_taken_for_the_user(
    okta: Pushing, audrey_window: Client, signed_in: Signed
) -> None:
    signed_in("alice", provider="plain")
    assert "Nobody has signed in as this user." in page(audrey_window, okta.user("alice"))


def test_a_user_of_a_directory_that_is_gone_says_so(audrey_window: Client) -> None:
    user = DirectoryUser.objects.create(provider="plain", user_name="alice")
    assert "Plain has no directory any more." in page(audrey_window, user)


def test_a_groups_page_names_its_principal_and_its_members(okta: Pushing, audrey_window: Client) -> None:
    user = okta.user("<i>alice</i>")
    shown = page(audrey_window, okta.group("AWS-Admins", user))
    assert "group:okta:AWS-Admins" in shown
    assert "&lt;i&gt;alice&lt;/i&gt;@example.com</a>" in shown


def test_a_group_that_gives_nothing_says_so(entra: Pushing, audrey_window: Client) -> None:
    assert "does not come from here" in page(audrey_window, entra.group("AWS-Admins"))


@pytest.mark.parametrize(("state", "names"), [("here", ["alice"]), ("left", ["bob"]), ("deleted", ["charlie"])])
def test_the_list_is_narrowed_to_who_is_here_who_left_and_who_was_deleted(
    okta: Pushing, audrey_window: Client, state: str, names: list[str]
) -> None:
    okta.user("alice")
    okta.user("bob", active=False)
    okta("DELETE", f"/Users/{okta.user('charlie').pk}")
    shown = audrey_window.get(reverse("admin:accounts_directoryuser_changelist"), {"state": state})
    assert [row.user_name for row in shown.context["cl"].result_list] == [f"{name}@example.com" for name in names]


def test_the_last_push_tells_when_and_what_and_how_many(okta: Pushing) -> None:
    assert last_push("okta") is None
    okta("GET", "/Users")
    assert last_push("okta") is None
    okta.group("AWS-Admins", okta.user("alice"), okta.user("bob", active=False))
    push = last_push("okta")
    assert push is not None
    assert (push.what, push.users, push.inactive, push.groups) == ("POST /Groups", 2, 1, 1)
    assert SignIn.objects.count() == 0
