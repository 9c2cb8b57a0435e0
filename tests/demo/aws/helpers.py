"""Short forms for the tests of the local AWS: refusals as values, roles made for one test."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from demo.aws.seed import PORTAL_ARN, SANDBOX
from demo.aws.testing import RunningAws

Statement = dict[str, Any]


def role_arn(name: str, account: str = SANDBOX) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def refusal(act: Callable[[], Any]) -> tuple[int, str, str]:
    """HTTP status, code and message of the refusal that ``act`` must meet."""
    with pytest.raises(ClientError) as caught:
        act()
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def trust(*actions: str, principal: Any = None, effect: Any = "Allow", **condition: Any) -> Statement:
    """One statement of a trust policy; the portal's user is the principal unless another is given."""
    statement = {"Effect": effect, "Principal": principal or {"AWS": PORTAL_ARN}, "Action": list(actions)}
    return statement | ({"Condition": condition} if condition else {})


def may(*actions: str, resource: Any = "*", effect: Any = "Allow", **condition: Any) -> Statement:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def new_role(
    aws: RunningAws,
    *trusted: Statement,
    policies: tuple[Statement, ...] = (),
    who: str = "admin",
    **options: Any,
) -> str:
    """A fresh role in the account of ``who``; its ARN."""
    iam, name = aws.client("iam", aws.keys(who)), f"role-{uuid4().hex[:8]}"
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(*trusted), **options)
    if policies:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(*policies))
    return str(made["Role"]["Arn"])


def take(aws: RunningAws, arn: str, keys: Any = None, **wish: Any) -> dict[str, Any]:
    """AssumeRole as the portal, or with other keys."""
    wish = {"RoleSessionName": "alice@example.com-x1", **wish}
    answer: dict[str, Any] = aws.client("sts", keys or aws.keys()).assume_role(RoleArn=arn, **wish)
    return answer
