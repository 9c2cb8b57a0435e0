"""A portal with sixty of what lists show, rows that are filled and bare, and long names; and one with nothing in it."""

import time
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts.health.models import ProviderCheck
from accounts.health.result import Certificate, Clock, Document, Result
from accounts.linking.offer import KEY as OFFER
from accounts.linking.offer import Offer
from accounts.models import SignIn
from accounts.scim.models import DirectoryMembership
from accounts.step_up.ask import ask
from accounts.step_up.demand import Demand, Kind
from accounts.trial.outcome import KEY as TRIAL
from accounts.trial.outcome import Outcome
from credentials.models import IssuedSession
from roles.models import AwsAccount, PortalRoleMapping, Role, RolePreference
from sdk.models import Authorization
from tests.accounts.second_factor.conftest import give_app, give_key
from tests.conftest import MakeRole, Signed, client_of
from tests.portal.administered import World, world
from tests.sdk.conftest import Tool
from tests.sdk.pkce import PKCE, request_of

MANY, SOME = 60, 12
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
# Sealed, parsed by the portal itself, or what rows hang on: these hold what they hold.
KEPT = {"web_identity_token", "refresh_token", "name_id", "region", "door", "ended_at", "deleted_at", "done_at"}


@dataclass(frozen=True)
class Portal:
    """Erin, who administers, in her browser and in one in which she has signed in anew.

    ``rows`` are objects of each model that is administered, by its name; each of ``gaps`` fills her own addresses, and
    ``queries`` are what some pages are asked with.
    """

    clients: tuple[Client, ...]
    rows: tuple[dict[str, Any], ...]
    gaps: tuple[dict[str, str], ...]
    queries: dict[str, str]


def full(signed_in: Signed, make_role: MakeRole) -> Portal:
    found = world(signed_in, make_role)
    erin = found.people["erin"]
    for row in found.one.values():
        fill(row)
    check_providers()
    many_of(erin, make_role)
    own, stale = own_rows(erin, found), client_of(another_sign_in(erin, 0))
    waits = asked_of(stale, erin)
    device = Tool().register()
    return Portal(
        clients=(client_of(erin), stale),
        rows=(found.one, found.bystander),
        gaps=tuple(gaps | waits for gaps in own),
        queries={
            "sdk:authorize": urlsplit(request_of(Tool().register(**PKCE))).query,
            "sdk:device": urlencode({"user_code": device.start()["userCode"]}),
            "sdk:setup": urlencode({"region": "eu-central-1"}),
            "admin:roles_role_who": urlencode({"person": erin.email}),
        },
    )


def empty(signed_in: Signed) -> Portal:
    """Return a portal in which nobody has anything, Erin included: a group makes her its administrator."""
    PortalRoleMapping.objects.create(principal="group:adfs:Daypass-Admins", portal_role="administrator")
    client = client_of(signed_in("erin", "group:adfs:Daypass-Admins"))
    return Portal(clients=(client,), rows=(), gaps=(waits_for(client),), queries={})


def fill(row: models.Model) -> None:
    """Give every field that is empty a value as long as it takes; the ledger's lines are as they were written."""
    empty = [field for field in row._meta.concrete_fields if may_be_filled(field) and not getattr(row, field.name)]
    values = {field.name: filled(field) for field in empty}
    if values and row._meta.label != "audit.Event":
        type(row)._base_manager.filter(pk=row.pk).update(**values)


def may_be_filled(field: Any) -> bool:
    other = field.is_relation or field.primary_key or field.unique or field.name.endswith("_id")
    return not (other or field.name in KEPT or isinstance(field, models.JSONField))


def filled(field: Any) -> Any:
    if field.choices:
        return field.choices[-1][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now() + timedelta(hours=1)
    if isinstance(field, models.CharField | models.TextField):
        return ("Nobody-breaks-this-" * 40)[: min(field.max_length or 300, 300)]
    return True if isinstance(field, models.BooleanField) else 900


def check_providers() -> None:
    """Let the last look at each provider have found whatever there is to find."""
    now = timezone.now()
    result = Result(
        documents=(
            Document("Keys", "2 keys", now),
            Document("Metadata", problem="It answered 503, " + "again and " * 20),
        ),
        certificates=(Certificate("signing", "CN=fs.example.com", now + timedelta(days=3)),),
        clock=Clock(90, 1),
        seconds=0.2,
        renewals={"refreshed": 4, "refused": 2},
    )
    ProviderCheck.objects.filter(provider="google").update(checked_at=now, failing_since=now, result=result.as_json())
    ProviderCheck.objects.create(provider="corp", asked_at=now)


def many_of(erin: SignIn, make_role: MakeRole) -> None:
    """Give Erin sixty roles in eight accounts, with sixty sessions, and twelve sign-ins and tools."""
    environments = [str(each) for each in AwsAccount.Environment]
    for at in range(8):
        named = f"Example account number {at} of the department of long names"
        AwsAccount.objects.create(account_id=f"{9_000 + at:012}", name=named, environment=environments[at % 4])
    others = [another_sign_in(erin, at) for at in range(SOME)]
    for at in range(MANY):
        role = make_role(
            f"Role-{at}-that-may-read-reports-of-whole-departments"[:64],
            f"user:{erin.email}",
            account=f"{9_000 + at % 8:012}",
            description="Read the reports of whole departments, and nothing that is not a report",
        )
        RolePreference.objects.create(user=erin.user, role=role, starred=at < 4, last_taken_at=timezone.now())
        session_of(others[at % SOME], role, at)
    for at, other in enumerate(others):
        tool_of(other, role, at)


def another_sign_in(erin: SignIn, at: int) -> SignIn:
    values = {field.attname: getattr(erin, field.attname) for field in SignIn._meta.concrete_fields}
    ended = {"ended_at": timezone.now(), "end_reason": SignIn.Ended.values[at % len(SignIn.Ended)]} if at % 2 else {}
    values |= {"id": uuid.uuid4(), "user_agent": CHROME, "address": "2001:db8:1234:5678:9abc:def0:1234:5678", **ended}
    return SignIn.objects.create(**values)


def session_of(sign_in: SignIn, role: Role, at: int) -> IssuedSession:
    now, states = timezone.now(), IssuedSession.State.values
    made = {"settled_at": now, "expires_at": now + timedelta(hours=1), "access_key_id": f"ASIA{at:016}"} if at else {}
    return IssuedSession.objects.create(
        request_key=uuid.uuid4(), user=sign_in.user, sign_in=sign_in, role=role, delivery="credentials",
        method="assume_role", role_arn=role.arn, principal=sign_in.principals[-1],
        session_name=f"erin@example.com-{at}",
        state=states[at % len(states)], duration=3600, region="us-east-1", reference=f"DP-BCDF-{at:04}",
        reason="Because of the report that the department of long names asked for" if at % 3 else "", **made,
    )  # fmt: skip  # a row of plain values reads best as a paragraph


def tool_of(sign_in: SignIn, role: Role, at: int) -> Authorization:
    of_role = {"kind": "container", "role": role} if at % 2 else {"kind": "device"}
    return Authorization.objects.create(
        sign_in=sign_in, name=f"A nightly build with a name that is long, number {at}", expires_at=sign_in.expires_at,
        user_agent="aws-cli/2.36.7 os/linux lang/python#3.13", address="192.0.2.7", **of_role,
    )  # fmt: skip


def own_rows(erin: SignIn, found: World) -> list[dict[str, str]]:
    """Give Erin two identities, an app and a passkey, lately used; return what pages of hers are asked by."""
    for slug in ("google", "adfs"):
        SocialAccount.objects.create(user=erin.user, provider=slug, uid=erin.subject, extra_data={"name": "Erin"})
    give_app(erin.user)
    give_key(erin)
    SignIn.objects.filter(pk=erin.pk).update(second_factor="passkey", second_factor_at=timezone.now())
    DirectoryMembership.objects.create(group=found.one["directorygroup"], user=found.one["directoryuser"])
    factor = Authenticator.objects.filter(user=erin.user).earliest("pk")
    taken = IssuedSession.objects.filter(user=erin.user).select_related("role__account").order_by("created_at")
    shown = taken.filter(state="issued")[:1], taken.filter(settled_at=None)[:1]
    return [
        {"session_id": str(one.pk), "factor_id": str(factor.pk), **of_role(one.role)} for part in shown for one in part
    ]


def of_role(role: Role) -> dict[str, str]:
    return {"account_id": role.account.account_id, "role_name": role.name}


def asked_of(client: Client, erin: SignIn) -> dict[str, str]:
    """Leave in the browser an identity to link and a trial that came back, with what a page asks to confirm."""
    session = client.session
    until, mine = time.time() + 600, session["sign_in"]
    kind: dict[str, Any] = {"provider": "adfs", "subject": "erin", "email": "erin@example.com"}
    kind |= {"sign_in": mine, "until": until}
    claims, principals = (("sub", "erin"), ("groups", "Nobody-breaks-this-" * 20)), tuple(erin.principals)
    told: dict[str, Any] = {"principals": principals, "groups": ("Everybody",), "claims": claims, "notes": ("A note",)}
    session[OFFER] = asdict(Offer(mark="x" * 22, name="Erin Example", **kind))
    session[TRIAL] = asdict(Outcome(reference="DP-TRIAL", person="Erin", **kind, **told))
    session.save()
    return waits_for(client)


def waits_for(client: Client) -> dict[str, str]:
    session = client.session
    asked = ask(session, demand=Demand(Kind.SECOND_FACTOR, 10), next_page="/", what="Changing", own_factors=True)
    session.save()
    return {"ask_id": asked.id}
