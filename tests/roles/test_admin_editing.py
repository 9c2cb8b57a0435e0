"""What an administrator types, and what comes of it."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.admin import UserForm
from accounts.models import SignIn, User
from audit.models import Event
from roles.forms import PortalRoleMappingForm
from roles.lockout import keeps_administrator
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from tests.conftest import SANDBOX, Browser, MakeRole, Signed
from tests.forms import forms_of

ARN = f"arn:aws:iam::{SANDBOX}:role/team/S3ReadOnly"
NO_MAPPINGS = {"mappings-TOTAL_FORMS": "0", "mappings-INITIAL_FORMS": "0"}
ROLE = {
    "arn": ARN, "method": "assume_role", "enabled": "on", "max_duration": "3600", "default_duration": "3600",
    "session_tags": "{}", "policy_arns": "[]", "step_up_minutes": "15", **NO_MAPPINGS,
}  # fmt: skip  # the form as the browser sends it


@pytest.fixture
def erin(signed_in: Signed) -> SignIn:
    PortalRoleMapping.objects.create(principal="group:adfs:Daypass-Admins", portal_role="administrator")
    return signed_in("erin", "group:adfs:Daypass-Admins", provider="adfs")


@pytest.fixture
def client(erin: SignIn, browser: Browser) -> Client:
    return browser(erin)


@pytest.fixture
def account(db: None) -> AwsAccount:
    return AwsAccount.objects.create(account_id=SANDBOX, name="Example Sandbox")


def errors(client: Client, name: str, data: dict[str, Any], *args: Any) -> dict[str, list[str]]:
    answer = client.post(reverse(f"admin:roles_{name}", args=args), data)
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


BAD_ROLES: list[tuple[dict[str, str], dict[str, list[str]]]] = [
    ({"arn": "S3ReadOnly"}, {"arn": ["Write the role's ARN as AWS shows it: arn:aws:iam::111122223333:role/Name."]}),
    (
        {"arn": "arn:aws:iam::999988887777:role/R"},
        {"account": ["AWS account 999988887777 is not in the catalog yet. Add it first."]},
    ),
    ({"default_duration": "7200"}, {"default_duration": ["The usual session cannot be longer than the longest."]}),
    (
        {"method": "web_identity", "external_id": "dp-1"},
        {"method": ["AssumeRoleWithWebIdentity takes no external ID, tags or source identity. Clear them."]},
    ),
    ({"session_policy": "{"}, {"session_policy": [
        "This is not JSON: Expecting property name enclosed in double quotes in line 1."]}),
    ({"session_tags": "[" * 9_000}, {"session_tags": ['This is not JSON. Write for example {"team": "payments"}.']}),
    ({"policy_arns": "1" * 9_000}, {"policy_arns": [
        'This is not JSON. Write for example ["arn:aws:iam::aws:policy/ReadOnlyAccess"].']}),
    ({"session_tags": "x"}, {"session_tags": ['This is not JSON. Write for example {"team": "payments"}.']}),
    ({"external_id": "a b"}, {"external_id": ["Use 2 to 1224 letters, digits or any of + = , . @ : / - and _."]}),
    ({"region": "Frankfurt"}, {"region": ["Write a region such as eu-west-1."]}),
    ({"step_up_minutes": "0"}, {"step_up_minutes": ["Write at least one minute."]}),
    ({"step_up_minutes": "721"}, {"step_up_minutes": ["Write at most 720 minutes, which is 12 hours."]}),
    ({"step_up": "fingerprint"}, {"step_up": [
        "Select a valid choice. fingerprint is not one of the available choices."]}),
]  # fmt: skip  # a table


@pytest.mark.parametrize(("typed", "said"), BAD_ROLES)
def test_a_mistake_is_named_plainly(
    client: Client, account: AwsAccount, typed: dict[str, str], said: dict[str, list[str]]
) -> None:
    assert errors(client, "role_add", {**ROLE, **typed}) == said
    assert Role.objects.count() == 0


def test_a_role_takes_its_account_from_the_arn(client: Client, account: AwsAccount, erin: SignIn) -> None:
    mapping = {"mappings-TOTAL_FORMS": "1", "mappings-0-principal": "group:adfs:AWS-Dev", "mappings-0-max_duration": ""}
    assert client.post(reverse("admin:roles_role_add"), {**ROLE, **mapping}).status_code == 302
    role = Role.objects.get()
    assert (role.account, role.name, role.mappings.get().principal) == (account, "S3ReadOnly", "group:adfs:AWS-Dev")
    assert [role.history.get().history_user, role.mappings.get().history.get().history_user] == [erin.user, erin.user]
    told = Event.objects.filter(sign_in_id=erin.pk).order_by("id").values_list("tag", "subject", "actor_name")
    assert list(told) == [
        ("roles:catalog:create", "role", "erin@example.com"), ("roles:catalog:create", "mapping", "erin@example.com"),
    ]  # fmt: skip  # a list to compare with


def test_a_role_or_principal_twice_is_said(client: Client, make_role: MakeRole) -> None:
    role = make_role("team/S3ReadOnly", "user:alice@example.com")
    assert errors(client, "role_add", ROLE)["arn"] == ["This role is in the catalog already."]
    twice = {"role": role.pk, "principal": "user:alice@example.com", "max_duration": ""}
    assert errors(client, "rolemapping_add", twice) == {"__all__": ["This principal is mapped to this role already."]}


BAD_MAPPINGS: list[tuple[dict[str, str], str, str]] = [
    ({"principal": "alice"}, "principal", "Write user:alice@example.com, group:adfs:AWS-Admins (provider, then"),
    ({"principal": "user:Alice@Example.com"}, "principal", "Write user:alice@example.com"),
    ({"valid_from": "2031-02-01T00:00", "valid_until": "2031-01-01T00:00"}, "valid_until", "The end must come after"),
    ({"max_duration": "60"}, "max_duration", "Select a valid choice"),
]


@pytest.mark.parametrize(("typed", "field", "said"), BAD_MAPPINGS)
def test_a_mapping_that_cannot_be(
    client: Client, make_role: MakeRole, typed: dict[str, str], field: str, said: str
) -> None:
    good = {"role": make_role("S3ReadOnly").pk, "principal": "user:alice@example.com", "max_duration": ""}
    found = errors(client, "rolemapping_add", {**good, **typed})
    assert (list(found), found[field][0].startswith(said)) == ([field], True)


def test_an_unusual_duration_and_seconds_survive_saving(client: Client, make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly", "user:alice@example.com", max_duration=4000)
    mapping = RoleMapping.objects.get()
    page = client.get(reverse("admin:roles_role_change", args=[role.pk])).content.decode()
    assert '<option value="4000" selected>1 hour 6 minutes</option>' in page
    sent = {"role": role.pk, "principal": mapping.principal, "max_duration": "", "valid_until": "2031-01-31T18:00:59"}
    client.post(reverse("admin:roles_rolemapping_change", args=[mapping.pk]), sent)
    page = client.get(reverse("admin:roles_rolemapping_change", args=[mapping.pk])).content.decode()
    assert 'value="2031-01-31T18:00:59"' in page


def test_the_number_of_an_account_with_roles_stays(client: Client, make_role: MakeRole) -> None:
    account = make_role("S3ReadOnly").account
    data = {"account_id": "999988887777", "name": "Moved", "partition": "aws", "environment": "sandbox"}
    assert list(errors(client, "awsaccount_change", data, account.pk)) == ["account_id"]


def test_a_role_that_was_taken_can_only_be_switched_off(client: Client, make_role: MakeRole) -> None:
    account = make_role("S3ReadOnly").account
    page = client.post(reverse("admin:roles_awsaccount_delete", args=[account.pk]), {"post": "yes"})
    assert (page.status_code, AwsAccount.objects.count()) == (200, 1)


class TestLockout:
    """Erin administers by one mapping and must not lose it by her own hand."""

    def sent(self, **change: str) -> dict[str, str]:
        return {"principal": "group:adfs:Daypass-Admins", "portal_role": "administrator", "note": "", **change}

    @pytest.mark.parametrize("change", [{"portal_role": "auditor"}, {"principal": "group:adfs:Others"}])
    def test_changing_it_is_refused(self, client: Client, change: dict[str, str]) -> None:
        mine = PortalRoleMapping.objects.get()
        refused = errors(client, "portalrolemapping_change", self.sent(**change), mine.pk)["__all__"]
        assert refused[0].startswith("This is what makes you an administrator")

    def test_deleting_it_is_refused_by_both_doors(self, client: Client) -> None:
        mine = PortalRoleMapping.objects.get()
        client.post(reverse("admin:roles_portalrolemapping_delete", args=[mine.pk]), {"post": "yes"})
        many = {"action": "delete_selected", "_selected_action": [mine.pk], "post": "yes"}
        client.post(reverse("admin:roles_portalrolemapping_changelist"), many)
        assert PortalRoleMapping.objects.count() == 1

    def test_neither_another_portal_role_nor_another_person_keeps_it(self, client: Client) -> None:
        mine = PortalRoleMapping.objects.get()
        PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="auditor")
        PortalRoleMapping.objects.create(principal="user:bob@example.com", portal_role="administrator")
        client.post(reverse("admin:roles_portalrolemapping_delete", args=[mine.pk]), {"post": "yes"})
        assert PortalRoleMapping.objects.count() == 3

    def test_a_note_may_change_and_with_a_second_mapping_all_may(self, client: Client) -> None:
        mine = PortalRoleMapping.objects.get()
        address = reverse("admin:roles_portalrolemapping_change", args=[mine.pk])
        assert client.post(address, self.sent(note="Platform")).status_code == 302
        PortalRoleMapping.objects.create(principal="user:erin@example.com", portal_role="administrator")
        client.post(reverse("admin:roles_portalrolemapping_delete", args=[mine.pk]), {"post": "yes"})
        assert [held.principal for held in PortalRoleMapping.objects.all()] == ["user:erin@example.com"]

    def test_without_a_sign_in_nobody_is_known_to_keep_it(self, erin: SignIn) -> None:
        assert [keeps_administrator(who, without=[]) for who in (None, erin)] == [False, True]

    def test_a_person_cannot_switch_themselves_off(self, client: Client, erin: SignIn) -> None:
        page = client.post(reverse("admin:accounts_user_change", args=[erin.user_id]), {})
        assert page.context["adminform"].form.errors["is_active"] == [
            "You cannot switch yourself off. Ask another administrator."
        ]


def test_switching_off_counts_by_the_stored_row(client: Client, alice: SignIn) -> None:
    """The form began with Alice off already, and so finds nothing changed; she was on."""
    form = UserForm({}, instance=User.objects.get(pk=alice.user_id), initial={"is_active": False})
    form.request = client.get(reverse("admin:index")).wsgi_request
    assert (form.is_valid(), form.changed_data) == (True, [])
    admin.site._registry[User].save_model(form.request, form.save(commit=False), form, change=True)
    alice.refresh_from_db()
    assert (alice.end_reason, Event.objects.filter(tag="accounts:person:change").count()) == ("by_administrator", 1)


def test_switching_a_person_off_ends_their_sign_ins(client: Client, alice: SignIn) -> None:
    client.post(reverse("admin:accounts_user_change", args=[alice.user_id]), {})
    alice.refresh_from_db()
    assert (alice.user.is_active, alice.end_reason) == (False, "by_administrator")
    assert set(Event.objects.values_list("tag", flat=True)) >= {"accounts:person:change", "accounts:sign_in:end"}


class TestEarlierVersions:
    """Erin looks at what a row was, and restores it by saving the form: a change of the stored row like any other."""

    def test_it_is_restored_by_the_form_of_the_row(self, client: Client, make_role: MakeRole) -> None:
        role = make_role("team/S3ReadOnly", description="First")
        first = role.history.get()
        role.description = "Second"
        role.save()
        page = client.get(reverse("admin:roles_role_simple_history", args=[role.pk, first.pk])).content.decode()
        form = max(forms_of(page), key=lambda form: len(form.data))
        assert (form.action, form.data["description"]) == (f"/admin/roles/role/{role.pk}/change/", "First")
        assert ("Earlier version." in page, Role.objects.get().description) == (True, "Second")
        assert client.post(form.action, form.data).status_code == 302
        assert Event.objects.latest("id").details["fields"] == {"description": {"old": "Second", "new": "First"}}

    def test_nothing_is_posted_to_the_version_itself(self, client: Client, make_role: MakeRole) -> None:
        role = make_role("team/S3ReadOnly", description="First")
        version = reverse("admin:roles_role_simple_history", args=[role.pk, role.history.get().pk])
        assert client.post(version, {**ROLE, "description": "Posted"}).status_code == 405
        assert Role.objects.get().description == "First"

    def test_whoever_reads_finds_nothing_to_fill_in(
        self, make_role: MakeRole, signed_in: Signed, browser: Browser
    ) -> None:
        PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
        role = make_role("team/S3ReadOnly", description="First")
        version = reverse("admin:roles_role_simple_history", args=[role.pk, role.history.get().pk])
        page = browser(signed_in("audrey")).get(version).content.decode()
        assert ("First" in page, 'name="description"' in page, 'name="_save"' in page) == (True, False, False)

    @pytest.mark.parametrize("number", ["0", "x", "9" * 400])
    def test_a_version_that_is_not_there(self, client: Client, make_role: MakeRole, number: str) -> None:
        role = make_role("S3ReadOnly")
        assert client.get(f"/admin/roles/role/{role.pk}/history/{number}/").status_code == 404

    def test_a_version_of_another_row(self, client: Client, make_role: MakeRole) -> None:
        mine, other = make_role("S3ReadOnly"), make_role("S3Writer")
        address = reverse("admin:roles_role_simple_history", args=[mine.pk, other.history.get().pk])
        assert client.get(address).status_code == 404

    def test_a_row_that_is_gone_is_not_brought_back(self, client: Client, make_role: MakeRole) -> None:
        role = make_role("S3ReadOnly")
        key, version = role.pk, role.history.get().pk
        role.delete()
        answer = client.get(reverse("admin:roles_role_simple_history", args=[key, version]), follow=True)
        assert "Perhaps it was deleted?" in answer.content.decode()

    @pytest.mark.parametrize("earlier", [{"portal_role": "auditor"}, {"principal": "group:adfs:Others"}])
    def test_restoring_is_no_way_around_the_lockout(self, client: Client, earlier: dict[str, str]) -> None:
        """The mapping makes Erin administrator now and did not then; the form's initial values are those of then."""
        mine = PortalRoleMapping.objects.get()
        now = {name: getattr(mine, name) for name in ("principal", "portal_role", "note")}
        form = PortalRoleMappingForm({**now, **earlier}, instance=mine, initial={**now, **earlier})
        form.request = client.get(reverse("admin:index")).wsgi_request
        assert (form.has_changed(), "__all__" in form.errors) == (False, True)


def test_an_account_with_roles_keeps_its_number_whatever_the_form_began_with(make_role: MakeRole) -> None:
    account = make_role("S3ReadOnly").account
    account = AwsAccount(pk=account.pk, account_id="999988887777", name="Moved")
    with pytest.raises(ValidationError) as refused:
        account.clean()
    assert list(refused.value.error_dict) == ["account_id"]
