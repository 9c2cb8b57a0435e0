"""What the policy of a resource (a trust policy, a bucket policy) says about whoever asks.

Source: IAM user guide, "IAM JSON policy elements: Principal" and "How IAM roles differ from resource-based
policies".
"""

from collections.abc import Callable
from enum import Enum

from demo.aws.callers import Caller
from demo.aws.conditions import Context
from demo.aws.policy import Names, PolicyError, Statement, parse


class Grant(Enum):
    NONE = 0
    ACCOUNT = 1  # it leaves the decision to the caller's account
    DIRECT = 2  # it names the caller
    DENY = 3


Naming = Callable[[dict[str, Names]], Grant]


def grant_for(document: str | None, caller: Caller, *, action: str, resource: str, context: Context) -> Grant:
    """What the document says of an AWS principal; an unreadable document refuses."""
    return _strongest(document, lambda kinds: _named(kinds.get("AWS", ()), caller), (action, resource, context))


def grant_for_provider(
    document: str, providers: tuple[str, ...], *, action: str, resource: str, context: Context
) -> Grant:
    """What a trust policy says of a federated identity provider, known under any of these names."""

    def named(kinds: dict[str, Names]) -> Grant:
        return Grant.DIRECT if {*providers, "*"} & set(kinds.get("Federated", ())) else Grant.NONE

    return _strongest(document, named, (action, resource, context))


def _strongest(document: str | None, named: Naming, ask: tuple[str, str, Context]) -> Grant:
    try:
        statements = parse(document) if document else ()
    except PolicyError:
        return Grant.DENY
    found = [_grant(statement, named) for statement in statements if statement.applies(*ask)]
    return max(found, key=lambda grant: grant.value, default=Grant.NONE)


def _grant(statement: Statement, named: Naming) -> Grant:
    if statement.not_principal is not None:
        # With Allow, NotPrincipal would admit the whole world but a few: that is not granted here.
        spared = named(statement.not_principal) is not Grant.NONE
        return Grant.DENY if statement.effect == "Deny" and not spared else Grant.NONE
    grant = named(statement.principal or {})
    return Grant.DENY if statement.effect == "Deny" and grant is not Grant.NONE else grant


def _named(listed: Names, caller: Caller) -> Grant:
    direct = {"*", caller.arn, caller.owner.arn}
    account = {caller.account, f"arn:aws:iam::{caller.account}:root"}
    if direct & set(listed):
        return Grant.DIRECT
    return Grant.ACCOUNT if account & set(listed) else Grant.NONE
