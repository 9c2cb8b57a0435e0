"""Every page of the administration, opened by each of the cast: who sees, who changes, for whom it is not there."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.health.models import ProviderCheck
from accounts.models import SignIn
from accounts.scim.models import DirectoryGroup, DirectoryUser
from audit.models import Event, Finding, Job
from credentials.models import IssuedSession
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from sdk.models import Authorization
from tests.conftest import Browser, MakeRole, Signed

CAST = ("alice", "bob", "charlie", "audrey", "erin")
EDITED = {"awsaccount", "role", "rolemapping", "portalrolemapping"}


@pytest.fixture
def people(signed_in: Signed, make_role: MakeRole) -> dict[str, SignIn]:
    """Alice and Bob take roles, Charlie nothing, Audrey audits, Erin administers."""
    make_role("S3ReadOnly", "user:alice@example.com", "user:bob@example.com")
    PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    PortalRoleMapping.objects.create(principal="group:adfs:Daypass-Admins", portal_role="administrator")
    groups = {"erin": ["group:adfs:Daypass-Admins"]}
    return {name: signed_in(name, *groups.get(name, [])) for name in CAST}


@pytest.fixture
def objects(people: dict[str, SignIn]) -> dict[str, Any]:
    """One object of each kind, by the model's name."""
    alice, role = people["alice"], Role.objects.get()
    session = IssuedSession.objects.create(
        request_key=uuid.uuid4(), user=alice.user, sign_in=alice, role=role, delivery="credentials",
        method="assume_role", role_arn=role.arn, principal="user:alice@example.com", session_name="alice-1",
        duration=3600, region="us-east-1", reference="DP-7KQM-2XZB",
    )  # fmt: skip  # a row of plain values reads best as a paragraph
    finding = Finding.objects.create(session_id=session.pk, kind="burst", text="Many")
    rows: list[Any] = [AwsAccount.objects.get(), role, RoleMapping.objects.first(), PortalRoleMapping.objects.first()]
    rows += [
        DirectoryUser.objects.create(provider="okta", user_name="a"),
        DirectoryGroup.objects.create(provider="okta"),
    ]
    rows += [alice.user, alice, session, Event.objects.first(), finding, Job.objects.create(task="audit_session")]
    rows += [Authorization.objects.create(sign_in=alice, kind="device", name="cli", expires_at=alice.expires_at)]
    rows += [ProviderCheck.objects.create(provider="google")]
    return {row._meta.model_name: row for row in rows}


def addresses(objects: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Return (model, page, address) of every page that every registered model has, plus our own."""
    for model in admin.site._registry:
        name, stem = model._meta.model_name, f"admin:{model._meta.app_label}_{model._meta.model_name}"
        key = objects[str(name)].pk
        for page in ("changelist", "add"):
            yield str(name), page, reverse(f"{stem}_{page}")
        for page in ("change", "delete", "history"):
            yield str(name), page, reverse(f"{stem}_{page}", args=[key])
    role, user = objects["role"].pk, objects["user"].pk
    yield "role", "who", reverse("admin:roles_role_who", args=[role])
    yield "role", "who", reverse("admin:roles_role_who", args=[role]) + "?person=alice@example.com"
    yield "role", "export", reverse("admin:roles_role_export")
    yield "user", "roles", reverse("admin:accounts_user_roles", args=[user])
    yield "site", "index", reverse("admin:index")


def expected(who: str, model: str, page: str) -> int:
    if who not in {"audrey", "erin"}:
        return 404
    if page in {"add", "delete"}:
        return 200 if who == "erin" and model in EDITED else 403
    return 200


@pytest.mark.parametrize("who", CAST)
def test_who_sees_which_page(people: dict[str, SignIn], objects: dict[str, Any], browser: Browser, who: str) -> None:
    client = browser(people[who])
    pages = list(addresses(objects))
    seen = {(model, page): client.get(address).status_code for model, page, address in pages}
    assert seen == {(model, page): expected(who, model, page) for model, page, _ in pages}
    assert len(pages) == 14 * 5 + 5


@pytest.mark.parametrize("who", CAST)
def test_who_may_send_a_change(people: dict[str, SignIn], objects: dict[str, Any], browser: Browser, who: str) -> None:
    """Only the administrator's POST is even looked at (200: the empty form with its errors)."""
    client = browser(people[who])
    pages = [(m, p, a) for m, p, a in addresses(objects) if p in {"add", "change"}]
    answers = {(m, p): client.post(a).status_code for m, p, a in pages}
    allowed = {(m, p): 200 if who == "erin" and m in EDITED else expected_refusal(who) for m, p, _ in pages}
    if who == "erin":
        allowed["user", "change"] = 302  # an unticked box is a whole answer: Alice may sign in no more
    assert answers == allowed


def expected_refusal(who: str) -> int:
    return 403 if who in {"audrey", "erin"} else 404


def test_without_a_sign_in_everything_leads_to_the_sign_in_page(objects: dict[str, Any], client: Client) -> None:
    for _, _, address in addresses(objects):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login")), address


@pytest.mark.parametrize("page", ["password_change/", "password_change/done/", "logout/", "auth/group/", "doc/"])
def test_what_django_has_and_we_do_not(people: dict[str, SignIn], browser: Browser, page: str) -> None:
    assert browser(people["erin"]).get(f"/admin/{page}").status_code == 404


def test_djangos_own_sign_in_page_is_ours(people: dict[str, SignIn], browser: Browser, client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{reverse('account_login')}?next=/admin/"
    assert browser(people["erin"]).get("/admin/login/")["Location"] == "/admin/"


def test_only_our_rooms_are_administered() -> None:
    assert {model._meta.label for model in admin.site._registry} == {
        "accounts.DirectoryGroup", "accounts.DirectoryUser", "accounts.ProviderCheck", "accounts.SignIn",
        "accounts.User", "audit.Event", "audit.Finding", "audit.Job",
        "credentials.IssuedSession",
        "roles.AwsAccount", "roles.PortalRoleMapping", "roles.Role", "roles.RoleMapping", "sdk.Authorization",
    }  # fmt: skip  # a list to compare with


@pytest.mark.parametrize(("who", "ended"), [("charlie", False), ("audrey", False), ("erin", True)])
def test_only_an_administrator_ends_sign_ins(
    people: dict[str, SignIn], browser: Browser, who: str, *, ended: bool
) -> None:
    alice = people["alice"]
    data = {"action": "end_sign_ins", "_selected_action": [str(alice.pk)]}
    browser(people[who]).post(reverse("admin:accounts_signin_changelist"), data)
    alice.refresh_from_db()
    assert (alice.ended_at is not None, alice.end_reason) == (ended, "by_administrator" if ended else "")


def test_no_token_is_ever_shown(people: dict[str, SignIn], objects: dict[str, Any], browser: Browser) -> None:
    sealed = {"web_identity_token": "t1.SEALEDID", "refresh_token": "t1.SEALEDREFRESH", "provider_session": "SEALEDSID"}
    SignIn.objects.update(**sealed, web_identity_token_expires_at=timezone.now() + timedelta(hours=1))
    client = browser(people["erin"])
    pages = [client.get(address).content.decode() for _, _, address in addresses(objects)]
    assert [page.count("SEALED") for page in pages] == [0] * len(pages)


SECRETS = [
    "user/?password",
    *(f"signin/?{name}" for name in ("web_identity_token", "refresh_token", "provider_session")),
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("how", ["", "__startswith", "__regex", "__gt"])
def test_no_address_asks_for_a_secret_letter_by_letter(
    people: dict[str, SignIn], browser: Browser, secret: str, how: str
) -> None:
    for name in ("audrey", "erin"):
        answer = browser(people[name]).get(f"/admin/accounts/{secret}{how}=p")
        assert answer.status_code == 400


REMEMBERED = ["awsaccount", "role", "rolemapping", "portalrolemapping"]


@pytest.mark.parametrize("key", ["²", "x", "1" * 5_000, "9999-12-31T23:59:59-23:59"])
@pytest.mark.parametrize("model", REMEMBERED)
def test_what_is_no_id_has_no_history(people: dict[str, SignIn], browser: Browser, model: str, key: str) -> None:
    assert browser(people["erin"]).get(f"/admin/roles/{model}/{key}/history/").status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_of_no_year_is_a_filter_that_cannot_be(people: dict[str, SignIn], browser: Browser, day: str) -> None:
    answer = browser(people["erin"]).get("/admin/accounts/signin/", {"started_at__gte": day})
    assert answer.status_code in {200, 302}


def test_an_empty_column_is_none(people: dict[str, SignIn], objects: dict[str, Any], browser: Browser) -> None:
    for model, page, address in addresses(objects):
        if page in {"change", "delete"}:
            assert browser(people["erin"]).post(address, {"_to_field": ""}).status_code < 500, model
