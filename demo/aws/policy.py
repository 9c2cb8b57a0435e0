"""Policy documents: read strictly, decide by default-deny, an explicit Deny wins.

Source: IAM user guide, "IAM JSON policy element reference" and "Policy evaluation logic".
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from demo.aws.conditions import Context, UnknownOperatorError, holds, wildcard

KEYS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
}  # fmt: skip


class PolicyError(ValueError):
    """The document is not a policy; the text says why."""


class Verdict(Enum):
    ALLOW = "allow"
    NONE = "none"  # nobody said yes: an implicit deny
    DENY = "deny"  # somebody said no


Names = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement; a None stands for an element that is absent."""

    effect: str
    principal: dict[str, Names] | None
    not_principal: dict[str, Names] | None
    action: Names | None
    not_action: Names | None
    resource: Names | None
    not_resource: Names | None
    condition: dict[str, dict[str, Names]]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether action, resource and condition all match; the principal is the caller's concern."""
        return self._on_action(action) and self._on_resource(resource, context) and self._on_condition(context)

    def _on_action(self, action: str) -> bool:
        listed = self.action if self.not_action is None else self.not_action
        found = any(wildcard(item, action, context={}, ignore_case=True) for item in listed or ())
        return found == (self.not_action is None)

    def _on_resource(self, resource: str, context: Context) -> bool:
        if self.resource is None and self.not_resource is None:
            return True  # a trust policy: the role itself is the resource
        listed = self.resource if self.not_resource is None else self.not_resource
        found = any(wildcard(item, resource, context=context) for item in listed or ())
        return found == (self.not_resource is None)

    def _on_condition(self, context: Context) -> bool:
        try:
            return holds(self.condition, context)
        except UnknownOperatorError:
            # Fail closed both ways: such an Allow never grants, such a Deny always refuses.
            return self.effect == "Deny"


@lru_cache(maxsize=4096)
def parse(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document (JSON text). Raises PolicyError."""
    try:
        content = json.loads(document)
    except ValueError:
        raise PolicyError("Syntax errors in policy.") from None
    if not isinstance(content, dict) or "Statement" not in content:
        raise PolicyError("Missing required field Statement")
    if content.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise PolicyError("The policy must contain a valid version string")
    listed = content["Statement"]
    return tuple(map(_statement, listed if isinstance(listed, list) else [listed]))


def _statement(item: Any) -> Statement:
    if not isinstance(item, dict) or set(item) - KEYS:
        raise PolicyError("Syntax errors in policy.")
    if item.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError("Missing required field Effect")
    if ("Action" in item) == ("NotAction" in item):
        raise PolicyError("Policy statement must contain actions.")
    return Statement(
        effect=item["Effect"],
        principal=_principals(item.get("Principal")),
        not_principal=_principals(item.get("NotPrincipal")),
        action=_names(item.get("Action")),
        not_action=_names(item.get("NotAction")),
        resource=_names(item.get("Resource")),
        not_resource=_names(item.get("NotResource")),
        condition=_condition(item.get("Condition", {})),
    )


def _names(value: Any) -> Names | None:
    if value is None:
        return None
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in listed):
        raise PolicyError("Syntax errors in policy.")
    return tuple(listed)


def _principals(value: Any) -> dict[str, Names] | None:
    if value is None:
        return None
    if value == "*":
        return {"AWS": ("*",), "Federated": ("*",)}
    if not isinstance(value, dict):
        raise PolicyError("Invalid principal in policy.")
    return {kind: _names(listed) or () for kind, listed in value.items()}


def _condition(value: Any) -> dict[str, dict[str, Names]]:
    if not isinstance(value, dict) or not all(isinstance(keys, dict) for keys in value.values()):
        raise PolicyError("Syntax errors in policy.")
    return {operator: {key: _values(listed) for key, listed in keys.items()} for operator, keys in value.items()}


def _values(value: Any) -> Names:
    listed = value if isinstance(value, list) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in listed)


def decide(documents: Iterable[str], *, action: str, resource: str, context: Context) -> Verdict:
    """What the policies together say; an unreadable document refuses."""
    try:
        statements = [s for document in documents for s in parse(document)]
    except PolicyError:
        return Verdict.DENY
    effects = {s.effect for s in statements if s.applies(action, resource, context)}
    if "Deny" in effects:
        return Verdict.DENY
    return Verdict.ALLOW if "Allow" in effects else Verdict.NONE
