"""May this caller do this? Identity, boundary, session and resource policies together.

Source: IAM user guide, "Policy evaluation logic" (one account, and across accounts) and "Session policies";
the wording of a refusal: "Troubleshoot access denied error messages".
"""

from dataclasses import dataclass

from demo.aws.callers import Caller
from demo.aws.conditions import Context
from demo.aws.errors import AwsError, access_denied
from demo.aws.grants import Grant
from demo.aws.policy import Verdict, decide


@dataclass(frozen=True)
class Ask:
    action: str
    resource: str
    context: Context


def check(
    caller: Caller,
    ask: Ask,
    *,
    grant: Grant = Grant.NONE,
    owner_account: str | None = None,
    both: bool = False,
) -> None:
    """Raise AccessDenied unless the caller may.

    ``grant`` is the resource policy's word, ``owner_account`` the account of the resource. ``both`` demands
    the caller's own permission even where the resource names the caller.
    """
    foreign = owner_account not in (None, caller.account)
    why = _denial(caller, ask, grant) or _shortfall(caller, ask, grant, foreign=foreign, both=both)
    if why is not None:
        raise refused(caller, ask, why)


def refused(caller: Caller, ask: Ask, why: str = "") -> AwsError:
    text = f"User: {caller.arn} is not authorized to perform: {ask.action} on resource: {ask.resource}"
    return access_denied(f"{text} {why}".rstrip())


def _denial(caller: Caller, ask: Ask, grant: Grant) -> str | None:
    """The first explicit deny, in AWS's words."""
    if grant is Grant.DENY:
        return "with an explicit deny in a resource-based policy"
    for kind, documents in _layers(caller):
        if decide(documents, action=ask.action, resource=ask.resource, context=ask.context) is Verdict.DENY:
            return f"with an explicit deny in {'an' if kind[0] == 'i' else 'a'} {kind}"
    return None


def _shortfall(caller: Caller, ask: Ask, grant: Grant, *, foreign: bool, both: bool) -> str | None:
    """The first layer that must allow and does not; "" when it is the resource's policy."""
    if foreign and grant is Grant.NONE:
        return ""
    for kind, documents in _layers(caller):
        if kind == "identity-based policy" and grant is Grant.DIRECT and not foreign and not both:
            continue
        if decide(documents, action=ask.action, resource=ask.resource, context=ask.context) is Verdict.NONE:
            return f"because no {kind} allows the {ask.action} action"
    return None


def _layers(caller: Caller) -> list[tuple[str, tuple[str, ...]]]:
    """The caller's own policies; each layer that exists must allow."""
    layers = [("identity-based policy", caller.owner.policies)]
    if caller.owner.boundary is not None:
        layers.append(("permissions boundary", (caller.owner.boundary,)))
    session = caller.session
    # Without a session policy a federated session has nothing, a role session all of its role.
    if session and (session.policies or session.kind == "federated"):
        layers.append(("session policy", session.policies))
    return layers
