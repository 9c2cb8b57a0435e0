"""Which permission an IAM or Organizations call needs, and on what.

Source: Service Authorization Reference for IAM. Resources are named where the call names them, else ``*``.
"""

import json
from collections.abc import Mapping

from demo.aws.requests import Request
from demo.aws.world import iam

NAMED = {"RoleName": ("role", "roles"), "UserName": ("user", "users"), "GroupName": ("group", "groups")}
ARNS = ("PolicyArn", "OpenIDConnectProviderArn", "PolicySourceArn")
READS = ("Get", "List", "Simulate", "Generate", "Describe")


def operation(request: Request, service: str) -> str:
    """The action's name, "" when the request names none."""
    if service == "organizations":
        return request.headers.get("x-amz-target", "").rpartition(".")[2]
    return request.form.get("Action", "")


def resource(form: Mapping[str, str], account: str) -> str:
    for parameter, (kind, collection) in NAMED.items():
        if parameter in form:
            return _named(form[parameter], form.get("Path"), kind, collection, account)
    return next((form[name] for name in ARNS if name in form), "*")


def _named(name: str, path: str | None, kind: str, collection: str, account: str) -> str:
    """The ARN with the path that the user or role has, or will have when it is being created."""
    existing = getattr(iam(account), collection).get(name)
    return f"arn:aws:iam::{account}:{kind}{existing.path if existing else path or '/'}{name}"


def is_change(name: str) -> bool:
    return not name.startswith(READS)


def parameters(request: Request, service: str) -> dict[str, str]:
    """The call's parameters as text, for the record of calls."""
    if service != "organizations":
        return {key: value for key, value in request.form.items() if key not in ("Action", "Version")}
    try:
        content = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}
