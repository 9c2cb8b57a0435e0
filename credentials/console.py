"""The AWS console: credentials become a sign-in token, and that a form which the person's browser sends to AWS.

AWS documents POST for both steps (IAM user guide, "Enable custom identity broker access to the AWS console"); by GET
the credentials, and then the token, would stand in addresses and so in logs. SessionDuration is never sent: without it
the console keeps the issued access key ID, which is what the audit joins on.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

import requests
from django.conf import settings

from credentials import aws
from credentials.partitions import PARTITIONS, Partition
from credentials.secret import Credentials
from portal import documents
from portal.outgoing import Limits, NoAnswer, TooLarge, ask_by, session, timely

LIMITS: Final = Limits(timeout=(3, 5), whole=10, largest=65_536)  # a token has a few thousand bytes

# Where the console can open: a key for the form, what people read, the path, and whether the service is global.
SERVICES: Final = {
    "home": ("Console home", "console", False),
    "s3": ("S3", "s3", False),
    "ec2": ("EC2", "ec2", False),
    "lambda": ("Lambda", "lambda", False),
    "cloudwatch": ("CloudWatch", "cloudwatch", False),
    "cloudformation": ("CloudFormation", "cloudformation", False),
    "dynamodb": ("DynamoDB", "dynamodbv2", False),
    "rds": ("RDS", "rds", False),
    "ecs": ("ECS", "ecs/v2", False),
    "eks": ("EKS", "eks", False),
    "secretsmanager": ("Secrets Manager", "secretsmanager", False),
    "systems-manager": ("Systems Manager", "systems-manager", False),
    "cloudtrail": ("CloudTrail", "cloudtrailv2", False),
    "iam": ("IAM", "iam", True),
}


class ConsoleFailed(Exception):
    """The sign-in endpoint gave no token. The text is for the ledger and holds no secret."""


@dataclass(frozen=True)
class Handoff:
    """The form to send: where to, and its fields, among them the token, which is good for 15 minutes."""

    post_url: str
    fields: dict[str, str] = field(repr=False)


def handoff(credentials: Credentials, *, partition: str, region: str, service: str, issuer: str) -> Handoff:
    """Exchange the credentials for a sign-in token; raise ConsoleFailed.

    ``region`` and ``service`` choose the page by constants; ``issuer`` is the absolute address that the console leads
    back to when the session ends.
    """
    home = PARTITIONS[partition]
    endpoint = federation_endpoint(home, region)
    fields = {
        "Action": "login",
        "Issuer": issuer,
        "Destination": destination(home, region, service),
        "SigninToken": _sign_in_token(endpoint, credentials),
    }
    return Handoff(endpoint, fields)


def destination(partition: Partition, region: str, service: str) -> str:
    """Return the console's page for a service in a region, of constants alone: nothing a person types is in it."""
    _, path, is_global = SERVICES[service]
    where = "" if is_global else f"?region={region}"
    return f"https://{partition.console_host(region)}/{path}/home{where}"


def federation_endpoint(partition: Partition, region: str) -> str:
    base = settings.DAYPASS_SIGNIN_ENDPOINT or f"https://{partition.sign_in_host(region)}"
    return f"{base.rstrip('/')}/federation"


@lru_cache
def _line() -> requests.Session:
    """Return this process's connections to the sign-in hosts."""
    return session()


def _sign_in_token(endpoint: str, credentials: Credentials) -> str:
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    body = urlencode({"Action": "getSigninToken", "Session": json.dumps(session)})
    status, said = _post(endpoint, body)
    if status != 200:
        raise ConsoleFailed(f"the sign-in endpoint answered {status}")
    return _token_in(said)


def _post(endpoint: str, body: str) -> tuple[int, bytes]:
    """Ask once, trusting whom STS's client trusts, so that one bundle serves both."""
    sent = {"data": body, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    bundle = aws.ca_bundle()
    try:
        said = timely(
            endpoint, LIMITS.whole, lambda: ask_by(_line(), "POST", endpoint, limits=LIMITS, bundle=bundle, **sent)
        )
    except NoAnswer as error:
        raise ConsoleFailed(f"the sign-in endpoint did not answer: {error.why}") from None
    except TooLarge:
        raise ConsoleFailed("the sign-in endpoint's answer is too large") from None
    return said.status, said.body


def _token_in(said: bytes) -> str:
    try:
        token = documents.read(said)["SigninToken"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise ConsoleFailed("the sign-in endpoint's answer holds no token")
    return token
