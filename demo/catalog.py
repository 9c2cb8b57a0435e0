"""The catalog of the seed story: two AWS accounts, their roles, and who may take which."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from demo.aws import seed as aws
from demo.aws.seed import EXTERNAL_ID, PRODUCTION, SANDBOX
from demo.idp.people import PEOPLE
from demo.idp.social.names import AMAZON_CLIENT, FACEBOOK_APP
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping

ACCOUNTS = [
    {"account_id": SANDBOX, "name": "Example Sandbox", "environment": AwsAccount.Environment.SANDBOX},
    {"account_id": PRODUCTION, "name": "Example Production", "environment": AwsAccount.Environment.PRODUCTION},
]


@dataclass(frozen=True)
class Seeded:
    """A role of the story; ``principals`` may take it."""

    account_id: str
    name: str
    description: str
    principals: list[str]
    extra: dict[str, Any] = field(default_factory=dict)


WEB_IDENTITY = {"method": Role.Method.WEB_IDENTITY}
ACROSS = {"external_id": EXTERNAL_ID}
ALICE, BOB, AUDREY = (f"user:{name}@example.com" for name in ("alice", "bob", "audrey"))
DEVELOPERS = "group:adfs:AWS-Dev-Read"
# Neither vouches for an address, so Alice is named by the id that she has there.
AT_FACEBOOK = f"subject:facebook:{PEOPLE[0].facebook_id(FACEBOOK_APP)}"
AT_AMAZON = f"subject:amazon:{PEOPLE[0].amazon_id(AMAZON_CLIENT)}"
# The portal offers what IAM allows: each role's MaxSessionDuration in the local AWS, in seconds.
ISSUERS = aws.Issuers("https://google", "client", "https://adfs", "client", "app", "app")
IN_AWS = [*aws.ROLES, *aws.web_roles(ISSUERS), *aws.access_token_roles(ISSUERS)]
LONGEST = {(role.account, role.name): role.max_hours * 3600 for role in IN_AWS}

ROLES = [
    Seeded(SANDBOX, "S3ReadOnly", "Read the reports", [ALICE, BOB]),
    Seeded(SANDBOX, "PowerDeveloper", "Build and try things out", [ALICE, DEVELOPERS]),
    Seeded(SANDBOX, "Storyteller", "Trusts somebody else until its trust policy is mended", [ALICE]),
    Seeded(PRODUCTION, "Auditor", "Read everything, change nothing", [AUDREY, ALICE], ACROSS),
    Seeded(
        PRODUCTION,
        "ProductionAdmin",
        "Change production; say why, and be there",
        ["group:adfs:AWS-Prod-Admin"],
        ACROSS
        | {"requires_reason": True, "send_source_identity": True, "session_tags": {"person": "{email}"}}
        | {"step_up": Role.StepUp.RECENT_SIGN_IN},
    ),
    Seeded(PRODUCTION, "GoogleReader", "Read reports with a Google sign-in", [ALICE, BOB], WEB_IDENTITY),
    Seeded(PRODUCTION, "AdfsReader", "Read reports with an ADFS sign-in", [DEVELOPERS], WEB_IDENTITY),
    Seeded(PRODUCTION, "FacebookReader", "Read reports with a Facebook sign-in", [AT_FACEBOOK], WEB_IDENTITY),
    Seeded(PRODUCTION, "AmazonReader", "Read reports with an Amazon sign-in", [AT_AMAZON], WEB_IDENTITY),
]


@transaction.atomic
def seed() -> None:
    """Write the story's catalog once; what an administrator changed afterwards stays as it is."""
    if AwsAccount.objects.exists():
        return
    accounts = {item["account_id"]: AwsAccount.objects.create(**item) for item in ACCOUNTS}
    for seeded in ROLES:
        arn = f"arn:aws:iam::{seeded.account_id}:role/{seeded.name}"
        role = Role(account=accounts[seeded.account_id], arn=arn, description=seeded.description, **seeded.extra)
        role.max_duration = LONGEST[seeded.account_id, seeded.name]
        role.full_clean()
        role.save()
        for principal in seeded.principals:
            RoleMapping.objects.create(role=role, principal=principal, note="From the demo's story")
    PortalRoleMapping.objects.create(principal=AUDREY, portal_role="auditor", note="From the demo's story")
    PortalRoleMapping.objects.create(principal="group:adfs:AWS-Audit", portal_role="auditor")
