"""Making temporary credentials: ids, secret, token, size.

Source: AWS STS API reference, "Credentials", and the token size limit of September 2026 (4096 bytes).
"""

import base64
import json
import math
import secrets
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.aws.errors import AwsError, validation_error
from demo.aws.sessions import Session, new_access_key_id
from demo.aws.sts import parameters
from demo.aws.world import Identity, World

LARGEST_TOKEN = 4096
# Every token of STS begins with the same letters: a length, a version, the word "origin".
HEAD = base64.b64decode("IQoJb3JpZ2luX2Vj")
BODY = 513  # bytes that an AWS token has before policy and tags


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a session shall be, after all checks passed."""

    kind: str
    owner: Identity
    name: str
    duration: int
    policies: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    transitive_keys: tuple[str, ...] = ()
    source_identity: str = ""
    chained: bool = False
    provider: str = ""
    web_keys: dict[str, str] = field(default_factory=dict)
    least_token: int = 0


def mint(order: Order) -> Session:
    """A new session. Raises PackedPolicyTooLarge."""
    # Whole seconds, as AWS reports them: what the person is told and what is enforced are the same.
    now = int(time.time())
    return Session(
        access_key_id=new_access_key_id(),
        secret=base64.b64encode(secrets.token_bytes(30)).decode(),
        token=_token(order),
        kind=order.kind,
        account=order.owner.account,
        owner_arn=order.owner.arn,
        owner_id=order.owner.unique_id,
        name=order.name,
        issued_at=now,
        expires_at=now + order.duration,
        policies=order.policies,
        tags=order.tags,
        transitive_keys=order.transitive_keys,
        source_identity=order.source_identity,
        chained=order.chained,
        provider=order.provider,
        web_keys=order.web_keys,
        duration=order.duration,
    )


def _token(order: Order) -> str:
    packed = zlib.compress(json.dumps([order.policies, order.tags, order.source_identity]).encode(), 9)
    body = HEAD + secrets.token_bytes(BODY + len(packed) + (-(len(HEAD) + BODY + len(packed)) % 3))
    size = len(body) // 3 * 4
    if size > LARGEST_TOKEN:
        text = f"Packed policy consumes {utilization(size)}% of allotted space, please use smaller policy."
        raise AwsError("PackedPolicyTooLarge", text)
    missing = max(0, math.ceil((order.least_token - size) / 4)) * 3
    return base64.b64encode(body + secrets.token_bytes(missing)).decode()


def utilization(size: int) -> int:
    return math.ceil(100 * size / LARGEST_TOKEN)


def session_policies(form: Mapping[str, str], world: World, account: str) -> tuple[str, ...]:
    """Inline and managed session policies as documents; their plaintext together is limited."""
    inline = parameters.session_policy(form)
    arns = parameters.policy_arns(form)
    if len(inline or "") + sum(map(len, arns)) > parameters.LONGEST_POLICY:
        raise AwsError("PackedPolicyTooLarge", "Session policies exceed 2048 characters of plaintext.")
    return (*([inline] if inline else []), *(_managed(arn, world, account) for arn in arns))


def _managed(arn: str, world: World, account: str) -> str:
    document = world.managed_policy(account, arn)
    if document is None:
        raise validation_error(f"Policy {arn} does not exist in the account of the role.")
    return document


def credentials(session: Session) -> dict[str, Any]:
    """The part of every answer that carries credentials, with the sizes of the token."""
    size = len(session.token)
    return {
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.expires_at)),
        },
        "PackedPolicySize": utilization(size) if session.policies or session.tags else None,
        "SessionTokenSize": size,
        "SessionTokenUtilization": utilization(size),
    }


def assumed(session: Session) -> dict[str, Any]:
    return credentials(session) | {
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        "SourceIdentity": session.source_identity or None,
    }
