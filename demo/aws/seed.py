"""What the local AWS holds at the start: two accounts, their people, roles, providers and buckets.

These tables say what exists; ``demo.aws.plant`` puts it into moto. Nothing here needs moto, so that the demo's catalog
can be written from the same names.
"""

import json
from dataclasses import dataclass, field
from typing import Any

SANDBOX = "111122223333"
PRODUCTION = "444455556666"
ACCOUNTS = {SANDBOX: "Example Sandbox", PRODUCTION: "Example Production"}
REGION = "us-east-1"
EXTERNAL_ID = "dp-5b1f0c6e9a7d4e2f8c3b6a1d9e0f7c42"

PORTAL = "daypass-portal"
SOMEBODY_ELSE = "somebody-else"
ADMIN = "administrator"
PORTAL_ARN = f"arn:aws:iam::{SANDBOX}:user/{PORTAL}"
SOMEBODY_ELSE_ARN = f"arn:aws:iam::{SANDBOX}:user/{SOMEBODY_ELSE}"

TAKING = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"

Statement = dict[str, Any]


@dataclass(frozen=True)
class Issuers:
    """The demo's providers; an empty issuer or application has no provider and no role."""

    google: str = ""
    google_client_id: str = ""
    adfs: str = ""
    adfs_client_id: str = ""
    facebook_app_id: str = ""
    amazon_app_id: str = ""


@dataclass(frozen=True)
class SeedRole:
    account: str
    name: str
    description: str
    trust: list[Statement]
    inline: list[Statement] = field(default_factory=list)
    managed: tuple[str, ...] = ()
    max_hours: int = 1


USERS: dict[tuple[str, str], list[Statement]] = {
    # Programmatic access only, and nothing but taking roles.
    (SANDBOX, PORTAL): [
        {
            "Effect": "Allow",
            "Action": TAKING,
            "Resource": [f"arn:aws:iam::{SANDBOX}:role/*", f"arn:aws:iam::{PRODUCTION}:role/*"],
        }
    ],
    (SANDBOX, SOMEBODY_ELSE): [],
    (SANDBOX, ADMIN): [EVERYTHING],
    (PRODUCTION, ADMIN): [EVERYTHING],
}
BUCKETS: dict[str, tuple[str, dict[str, str]]] = {
    "example-reports": (
        SANDBOX,
        {
            "hello.txt": "Hello from the local AWS. You are reading this with temporary credentials.\n",
            "2026/october.csv": "day,visits\n2026-10-30,1204\n2026-10-31,998\n",
        },
    ),
    "example-production-ledger": (
        PRODUCTION,
        {"2026/q3.csv": "month,amount\n2026-07,18\n2026-08,21\n2026-09,25\n"},
    ),
}


def trusted(arn: str, *, external_id: str = "") -> list[Statement]:
    """A trust policy that names one principal; across accounts it asks for the external id."""
    first: Statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    if external_id:
        first["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return [first, {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": TAKING[1:]}]


def storyteller_trust(arn: str) -> str:
    """The story's trust policy, before the fix (somebody else) or after it (the portal)."""
    return document(trusted(arn))


def federated(account: str, issuer: str, client_id: str) -> list[Statement]:
    """A trust policy for an OpenID provider: this client's tokens and no others."""
    name = issuer.partition("://")[2]
    return [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{name}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{name}:aud": client_id}},
        }
    ]


ROLES = [
    SeedRole(
        SANDBOX,
        "S3ReadOnly",
        "Reads every bucket, changes nothing",
        trusted(PORTAL_ARN),
        managed=(S3_READ,),
        max_hours=12,
    ),
    SeedRole(
        SANDBOX,
        "PowerDeveloper",
        "Reads and writes S3, looks at IAM",
        trusted(PORTAL_ARN),
        inline=[{"Effect": "Allow", "Action": ["s3:*", "iam:Get*", "iam:List*"], "Resource": "*"}],
        max_hours=4,
    ),
    SeedRole(
        SANDBOX,
        "Storyteller",
        "Trusts only somebody else, at first",
        trusted(SOMEBODY_ELSE_ARN),
        managed=(S3_READ,),
    ),
    SeedRole(
        PRODUCTION,
        "Auditor",
        "Looks at everything in production",
        trusted(PORTAL_ARN, external_id=EXTERNAL_ID),
        inline=[{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "iam:Get*", "iam:List*"], "Resource": "*"}],
        max_hours=8,
    ),
    SeedRole(
        PRODUCTION,
        "ProductionAdmin",
        "May do everything in production",
        trusted(PORTAL_ARN, external_id=EXTERNAL_ID),
        inline=[EVERYTHING],
    ),
]


def by_access_token(provider: str, app_id: str) -> list[Statement]:
    """A trust policy for Facebook or Amazon, which AWS knows by name: this application's tokens and no others."""
    return [
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{provider}:app_id": app_id}},
        }
    ]


def access_token_roles(issuers: Issuers) -> list[SeedRole]:
    """FacebookReader and AmazonReader: taken with the person's own access token."""
    known = {
        "FacebookReader": ("graph.facebook.com", issuers.facebook_app_id),
        "AmazonReader": ("www.amazon.com", issuers.amazon_app_id),
    }
    return [
        SeedRole(PRODUCTION, name, "Reads S3 in production", by_access_token(*of), managed=(S3_READ,), max_hours=12)
        for name, of in known.items()
        if all(of)
    ]


def web_roles(issuers: Issuers) -> list[SeedRole]:
    """GoogleReader and AdfsReader: taken with the person's own ID token, without any AWS key."""
    known = {
        "GoogleReader": (issuers.google, issuers.google_client_id),
        "AdfsReader": (issuers.adfs, issuers.adfs_client_id),
    }
    return [
        SeedRole(
            PRODUCTION,
            name,
            "Reads S3 in production",
            federated(PRODUCTION, *of),
            managed=(S3_READ,),
            max_hours=12,
        )
        for name, of in known.items()
        if all(of)
    ]


def document(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
