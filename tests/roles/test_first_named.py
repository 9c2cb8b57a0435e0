"""A group that no mapping named before: administrators learn from when on it counts, and why it does not yet."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import SignIn
from roles.explain import explain
from roles.first_named import unknown_to
from roles.models import PortalRoleMapping, Role, RoleMapping
from tests.conftest import Browser, MakeRole, Signed

NEW = "group:adfs:AWS-New"
HOUR = timedelta(hours=1)


@pytest.fixture
def erin(signed_in: Signed, browser: Browser, settings: Settings) -> Client:
    settings.DAYPASS_ADMINISTRATORS = ["user:erin@example.com"]
    return browser(signed_in("erin"))


@pytest.fixture
def role(make_role: MakeRole) -> Role:
    return make_role("S3ReadOnly")


def said(client: Client, role: Role, principal: str) -> list[str]:
    """Add a mapping on its own page, and return what the administrator is told."""
    form = {"role": str(role.pk), "principal": principal, "max_duration": ""}
    return told(client.post(reverse("admin:roles_rolemapping_add"), form))


def told(answer: Any) -> list[str]:
    assert answer.status_code == 302, answer.content
    return [str(message) for message in get_messages(answer.wsgi_request) if message.level_tag == "info"]


def test_the_first_mapping_of_a_group_says_when_it_counts(erin: Client, role: Role) -> None:
    assert said(erin, role, NEW) == [
        f"No mapping named {NEW} before. People who are signed in get it within 60 minutes, when their provider is "
        "asked again, or at once when they sign in again."
    ]


def test_a_group_that_was_named_already_counts_at_once(erin: Client, role: Role, settings: Settings) -> None:
    PortalRoleMapping.objects.create(principal=NEW, portal_role="auditor")
    settings.DAYPASS_ADMINISTRATORS = [*settings.DAYPASS_ADMINISTRATORS, "group:adfs:Admins"]
    assert (
        said(erin, role, NEW) == said(erin, role, "group:adfs:Admins") == said(erin, role, "user:a@example.com") == []
    )


def test_portal_roles_and_the_roles_own_page_say_it_too(erin: Client, role: Role) -> None:
    form = {"principal": NEW, "portal_role": "auditor"}
    assert len(told(erin.post(reverse("admin:roles_portalrolemapping_add"), form))) == 1
    page = reverse("admin:roles_role_change", args=[role.pk])
    fields = erin.get(page).context["adminform"].form.initial
    form = {name: str(value or "") for name, value in fields.items()} | {"session_tags": "{}", "policy_arns": "[]"}
    rows = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "0-principal": "group:adfs:Another", "0-role": str(role.pk)}
    [sentence] = told(erin.post(page, form | {f"mappings-{name}": value for name, value in rows.items()}))
    assert sentence.startswith("No mapping named group:adfs:Another before.")


def test_the_explanation_says_that_the_group_was_read_too_early(role: Role, alice: SignIn) -> None:
    SignIn.objects.update(provider="adfs", started_at=timezone.now() - HOUR)
    RoleMapping.objects.create(role=role, principal=NEW)
    steps = [step.text for step in explain(user=alice.user, role=role).steps]
    assert steps[1].startswith(f"No mapping named {NEW} when this sign-in's groups were read, ")
    assert "at latest 60 minutes after that" in steps[1]


def test_it_says_so_of_no_other_mapping(role: Role, alice: SignIn) -> None:
    mapping = RoleMapping.objects.create(role=role, principal=NEW)
    alice.provider, alice.started_at = "adfs", timezone.now() - HOUR
    assert unknown_to(alice, NEW) is True
    assert (unknown_to(alice, "group:other:AWS"), unknown_to(alice, "user:alice@example.com")) == (False, False)
    alice.refreshed_at = timezone.now()
    assert unknown_to(alice, NEW) is False
    alice.refreshed_at = None
    mapping.history.update(history_date=timezone.now() - 2 * HOUR)
    assert unknown_to(alice, NEW) is False


def test_a_mapping_that_names_another_principal_by_now_names_the_group_no_more(role: Role, alice: SignIn) -> None:
    was = RoleMapping.objects.create(role=role, principal=NEW)
    was.history.update(history_date=timezone.now() - 2 * HOUR)
    was.principal = "group:adfs:Another"
    was.save()
    RoleMapping.objects.create(role=role, principal=NEW)
    alice.provider, alice.started_at = "adfs", timezone.now() - HOUR
    assert unknown_to(alice, NEW) is True


def test_the_explanation_says_why_groups_are_missing(role: Role, alice: SignIn) -> None:
    SignIn.objects.update(groups_problem="not_authorised")
    step = explain(user=alice.user, role=role).steps[0]
    assert (step.holds, "Groups Reader" in step.text) == (False, True)
