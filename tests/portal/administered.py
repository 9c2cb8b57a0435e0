"""Two rows of each kind that is administered: the one that tests write to, and a bystander beside it."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.utils import timezone

from accounts.health.models import ProviderCheck
from accounts.models import SignIn
from accounts.scim.models import DirectoryGroup, DirectoryUser
from audit.models import Event, Finding, Job
from credentials.models import IssuedSession
from roles.models import AwsAccount, PortalRoleMapping, Role
from sdk.models import Authorization
from tests.addresses import Address
from tests.conftest import PRODUCTION, SANDBOX, MakeRole, Signed

GAPS = {"slug": "google", "app_label": "roles", "url": "nothing/"}  # of addresses that name no row


@dataclass(frozen=True)
class World:
    """``one`` and ``bystander`` hold an object of each model, by its name."""

    people: dict[str, SignIn]
    one: dict[str, Any]
    bystander: dict[str, Any]


def world(signed_in: Signed, make_role: MakeRole) -> World:
    """Alice and Bob take a role each, Charlie none, Audrey audits, Erin administers by her group."""
    auditors = PortalRoleMapping.objects.create(principal="user:audrey@example.com", portal_role="auditor")
    others = PortalRoleMapping.objects.create(principal="group:adfs:Daypass-Admins", portal_role="administrator")
    people = {name: signed_in(name) for name in ("alice", "bob", "charlie", "audrey")}
    people["erin"] = signed_in("erin", "group:adfs:Daypass-Admins")
    one = _rows(people["alice"], make_role("One", "user:alice@example.com", account=SANDBOX), "google")
    bystander = _rows(people["bob"], make_role("Bystander", "user:bob@example.com", account=PRODUCTION), "adfs")
    return World(people, {**one, **_portal_role(auditors)}, {**bystander, **_portal_role(others)})


def _rows(sign_in: SignIn, role: Any, provider: str) -> dict[str, Any]:
    number = f"{sign_in.user_id:012}"
    free = AwsAccount.objects.create(account_id=number, name=f"Free {number}")
    never_taken = Role.objects.create(account=role.account, arn=f"{role.arn}-never-taken")
    session = IssuedSession.objects.create(
        request_key=uuid.uuid4(), user=sign_in.user, sign_in=sign_in, role=role, delivery="credentials",
        method="assume_role", role_arn=role.arn, principal=sign_in.principals[-1], session_name=sign_in.subject,
        duration=3600, region="us-east-1", reference=f"DP-{sign_in.subject.upper()}",
    )  # fmt: skip  # a row of plain values reads best as a paragraph
    rows = [
        *(free, never_taken, role.mappings.get(), sign_in.user, sign_in, session, Event.objects.latest("pk")),
        DirectoryUser.objects.create(provider=provider, user_name=sign_in.subject),
        DirectoryGroup.objects.create(provider=provider, display_name=sign_in.subject),
        Finding.objects.create(session_id=session.pk, kind="burst", text="Many"),
        Job.objects.create(task="audit_session", key=sign_in.subject, parked_at=sign_in.started_at),
        Authorization.objects.create(sign_in=sign_in, kind="device", name="cli", expires_at=sign_in.expires_at),
        ProviderCheck.objects.create(provider=provider),
    ]
    return {str(row._meta.model_name): _with_an_earlier_version(row) for row in rows}


def _portal_role(mapping: PortalRoleMapping) -> dict[str, Any]:
    return {"portalrolemapping": _with_an_earlier_version(mapping)}


def _with_an_earlier_version(row: Any) -> Any:
    """Change what is remembered once, so that an earlier version differs from the row."""
    changes = next((name for name in ("description", "note", "name") if hasattr(row, name)), "")
    if changes and hasattr(row, "history"):
        setattr(row, changes, f"{getattr(row, changes)} since")
        row.save()
    return row


def models() -> dict[str, Any]:
    """Return what is administered, by the names that the addresses have for it."""
    return {str(model._meta.model_name): found for model, found in admin.site._registry.items()}


def model_of(place: Address) -> str:
    parts = place.route.split("/")
    return parts[2] if len(parts) > 3 and parts[2] in models() else ""


def gaps_of(row: Any) -> dict[str, str]:
    """Return what stands for this row in the gaps of addresses, also in those that libraries leave without a name."""
    known = dict.fromkeys(("object_id", "role_id", "user_id", "0"), str(row.pk)) if row is not None else {}
    return known | ({"1": str(row.history.earliest().pk)} if hasattr(row, "history") else {})


def path_of(place: Address, found: World) -> str:
    """Return the address filled with what there is; an address with a parameter of its own must be told what."""
    return place.filled((GAPS | gaps_of(found.one.get(model_of(place)))).__getitem__)


def confirm(sign_in: SignIn) -> None:
    """Let erin's newest sign-in change her factors without being asked."""
    mine = SignIn.objects.filter(user=sign_in.user_id, ended_at=None)
    mine.update(second_factor=SignIn.SecondFactor.TOTP, second_factor_at=timezone.now())
