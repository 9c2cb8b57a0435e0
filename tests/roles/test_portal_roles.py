import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import SignIn, User
from roles.middleware import PortalRoleMiddleware
from roles.models import PortalRoleMapping
from roles.portal_roles import portal_roles_for
from tests.conftest import Signed


def hold(principal: str, portal_role: str) -> None:
    PortalRoleMapping.objects.create(principal=principal, portal_role=portal_role)


def test_nobody_holds_a_portal_role_by_default(alice: SignIn) -> None:
    hold("user:erin@example.com", "administrator")
    hold("group:adfs:Daypass-Admins", "administrator")
    assert portal_roles_for(alice) == frozenset()
    assert portal_roles_for(None) == frozenset()


def test_a_sign_in_that_ended_holds_nothing(audrey: SignIn) -> None:
    hold("user:audrey@example.com", "auditor")
    audrey.ended_at = timezone.now()
    assert portal_roles_for(audrey) == frozenset()


def test_a_sign_in_without_principals_holds_nothing(audrey: SignIn, settings: Settings) -> None:
    hold("user:audrey@example.com", "auditor")
    settings.DAYPASS_ADMINISTRATORS = []
    audrey.principals = []
    assert portal_roles_for(audrey) == frozenset()


def test_principals_carry_the_roles(signed_in: Signed) -> None:
    hold("group:adfs:AWS-Audit", "auditor")
    hold("user:audrey@example.com", "administrator")
    held = portal_roles_for(signed_in("audrey", "group:adfs:AWS-Audit", provider="adfs"))
    assert held == {"auditor", "administrator"}


def test_the_environment_names_the_first_administrator(alice: SignIn, bob: SignIn, settings: Settings) -> None:
    settings.DAYPASS_ADMINISTRATORS = ["user:alice@example.com"]
    assert portal_roles_for(alice) == {"administrator"}
    assert portal_roles_for(bob) == frozenset()


@pytest.mark.parametrize(("switched_on", "held"), [(False, frozenset()), (True, {"administrator"})])
def test_break_glass_administrates_only_while_it_is_on(
    signed_in: Signed, settings: Settings, *, switched_on: bool, held: set[str]
) -> None:
    settings.DAYPASS_BREAK_GLASS = switched_on
    assert portal_roles_for(signed_in("breakglass", provider="break-glass")) == held


def through_the_middleware(sign_in: SignIn | None, *, look: bool) -> tuple[User, int]:
    request = RequestFactory().get("/")
    request.user = sign_in.user if sign_in else User()
    request.sign_in = sign_in  # type: ignore[attr-defined]  # as the middleware of accounts does

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(request.user.is_staff and request.user.has_perm("roles.view_role")) if look else "")

    with CaptureQueriesContext(connection) as captured:
        PortalRoleMiddleware(view)(request)
    return request.user, len(captured)


def test_without_a_sign_in_a_person_is_no_staff(db: None) -> None:
    hold("user:audrey@example.com", "auditor")
    user, _ = through_the_middleware(None, look=False)
    assert (user.is_staff, user.has_perm("roles.view_role")) == (False, False)


@pytest.mark.parametrize(("look", "queries"), [(False, 0), (True, 1)])
def test_only_who_looks_pays_one_query(audrey: SignIn, *, look: bool, queries: int) -> None:
    hold("user:audrey@example.com", "auditor")
    assert through_the_middleware(audrey, look=look)[1] == queries


@pytest.mark.parametrize(
    ("held", "permission", "allowed"),
    [
        ((), "roles.view_role", False),
        (("auditor",), "roles.view_role", True),
        (("auditor",), "audit.view_event", True),
        (("auditor",), "roles.change_role", False),
        (("auditor",), "accounts.end_signin", False),
        (("administrator",), "roles.delete_rolemapping", True),
        (("administrator",), "accounts.change_user", True),
        (("administrator",), "accounts.end_signin", True),
        (("administrator",), "accounts.add_user", False),
        (("administrator",), "accounts.delete_signin", False),
        (("administrator",), "credentials.change_issuedsession", False),
        (("administrator",), "audit.delete_event", False),
        (("administrator",), "auth.add_group", False),
        (("owner",), "roles.view_role", False),
    ],
)
def test_what_a_portal_role_may_do(alice: SignIn, held: tuple[str, ...], permission: str, *, allowed: bool) -> None:
    alice.user.portal_roles = frozenset(held)
    assert alice.user.has_perm(permission) is allowed


def test_a_disabled_person_may_nothing(alice: SignIn) -> None:
    alice.user.portal_roles, alice.user.is_active = frozenset({"administrator"}), False
    assert alice.user.has_perm("roles.view_role") is False
