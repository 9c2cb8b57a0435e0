from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from simple_history.middleware import HistoryRequestMiddleware

from accounts.models import SignIn
from audit.models import Event
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from tests.conftest import SANDBOX, MakeRole

ALICE, EVE = "user:alice@example.com", "user:eve@example.com"


def events() -> list[tuple[str, str, str]]:
    return [(e.tag, e.subject, e.details["what"]) for e in Event.objects.order_by("id")]


def test_making_changing_and_deleting_are_told(make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly", ALICE)
    role.max_duration = 7200
    role.save()
    role.delete()
    where = f"S3ReadOnly in Example Sandbox ({SANDBOX})"
    assert events() == [
        ("roles:catalog:create", "aws_account", f"Example Sandbox ({SANDBOX})"),
        ("roles:catalog:create", "role", where),
        ("roles:catalog:create", "mapping", f"{ALICE} may take {where}"),
        ("roles:catalog:change", "role", where),
        ("roles:catalog:delete", "mapping", f"{ALICE} may take {where}"),
        ("roles:catalog:delete", "role", where),
    ]


def test_a_change_tells_old_and_new(make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly")
    role.max_duration, role.session_tags = 7200, {"team": "payments"}
    role.save()
    assert Event.objects.latest("id").details["fields"] == {
        "max_duration": {"old": 3600, "new": 7200},
        "session_tags": {"old": None, "new": {"team": "payments"}},
    }


def test_saving_without_a_change_is_no_event(make_role: MakeRole) -> None:
    role = make_role("S3ReadOnly")
    before = Event.objects.count()
    role.save()
    assert Event.objects.count() == before


def test_portal_roles_are_told_too(db: None) -> None:
    PortalRoleMapping.objects.create(principal=ALICE, portal_role="auditor")
    assert events() == [("roles:catalog:create", "portal_role", f"{ALICE} is auditor")]


def test_the_actor_is_the_person_under_their_sign_in(make_role: MakeRole, alice: SignIn) -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox")
    request.user, request.sign_in = alice.user, alice  # type: ignore[attr-defined]  # as accounts' middleware does
    HistoryRequestMiddleware(lambda _: HttpResponse(make_role("S3ReadOnly").name))(request)
    event = Event.objects.latest("id")
    assert (event.actor_id, event.actor_name) == (str(alice.user.pk), "alice@example.com")
    assert (event.sign_in_id, event.address, event.client) == (alice.pk, "192.0.2.7", "web Firefox")
    assert Role.objects.get().history.get().history_user == alice.user


def test_outside_a_request_it_is_daypass_itself(make_role: MakeRole) -> None:
    make_role("S3ReadOnly")
    event = Event.objects.latest("id")
    assert (event.actor_id, event.actor_name, event.client) == ("", "Daypass", "system")


def rename(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


CHANGES: dict[str, Callable[[RoleMapping], object]] = {
    "save": lambda mapping: RoleMapping(pk=mapping.pk, role=mapping.role, principal=EVE).save(),
    "delete": lambda mapping: mapping.delete(),
    "create": lambda _: AwsAccount.objects.create(account_id="999988887777", name="New"),
    "update": lambda _: RoleMapping.objects.update(principal=EVE),
    "delete many": lambda _: RoleMapping.objects.all().delete(),
    "through the role": lambda mapping: mapping.role.delete(),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_without_a_ledger_nothing_changes(make_role: MakeRole, change: str) -> None:
    make_role("S3ReadOnly", ALICE)
    mapping = RoleMapping.objects.get()
    rename("audit_event", "audit_event_gone")
    try:
        with pytest.raises(DatabaseError, match="audit_event"):
            CHANGES[change](mapping)
    finally:
        rename("audit_event_gone", "audit_event")
    assert [m.principal for m in RoleMapping.objects.all()] == [ALICE]
    assert (AwsAccount.objects.count(), RoleMapping.history.count()) == (1, 1)
