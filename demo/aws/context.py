"""The request context: the keys that a policy's conditions can ask about.

Source: IAM user guide, "AWS global condition context keys"; Service Authorization Reference for STS and S3.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from demo.aws.callers import Caller
from demo.aws.conditions import Context
from demo.aws.requests import Request

Pairs = Mapping[str, str | Iterable[str]]


def build(*parts: Pairs) -> Context:
    """One context of several parts: keys in lower case, an empty value list is no key."""
    found: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for key, value in part.items():
            values = (value,) if isinstance(value, str) else tuple(value)
            if values:
                found[key.lower()] = values
    return found


def of_request(request: Request, region: str = "us-east-1") -> Pairs:
    now = datetime.now(UTC)
    return {
        "aws:CurrentTime": _iso(now.timestamp()),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "false",
        "aws:SourceIp": request.address,
        "aws:UserAgent": request.headers.get("user-agent", ""),
        "aws:RequestedRegion": region,
    }


def of_caller(caller: Caller) -> Pairs:
    """Who calls: what a user has, and what only a session has."""
    keys: dict[str, str | Iterable[str]] = {
        "aws:PrincipalArn": caller.owner.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:userid": caller.user_id,
        **{f"aws:PrincipalTag/{key}": value for key, value in caller.tags.items()},
    }
    session = caller.session
    if session is None:
        return keys | {"aws:PrincipalType": "User", "aws:username": caller.owner.name}
    keys |= {
        "aws:PrincipalType": "AssumedRole" if session.kind == "role" else "FederatedUser",
        "aws:TokenIssueTime": _iso(session.issued_at),
        "aws:MultiFactorAuthPresent": "false",
        **session.web_keys,
    }
    keys |= {"aws:SourceIdentity": session.source_identity} if session.source_identity else {}
    return keys | ({"aws:FederatedProvider": session.provider} if session.provider else {})


def of_role(tags: Mapping[str, str]) -> Pairs:
    return {f"{prefix}:ResourceTag/{key}": value for key, value in tags.items() for prefix in ("aws", "iam")}


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
