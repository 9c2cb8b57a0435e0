"""AssumeRole: a principal of this or another account becomes a role.

Source: AWS STS API reference, AssumeRole; IAM user guide, "Session tags", "Source identity", "Role chaining".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.aws import context
from demo.aws.authorize import Ask, check, refused
from demo.aws.callers import Caller
from demo.aws.errors import AwsError, access_denied, validation_error
from demo.aws.grants import Grant, grant_for
from demo.aws.sts import parameters
from demo.aws.sts.call import Call
from demo.aws.sts.mint import Order, assumed, mint, session_policies
from demo.aws.world import Identity, account_of

LONGEST_CHAINED = 3600
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
TOO_LONG_CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
CONFLICT = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
    "from the calling session."
)


@dataclass(frozen=True)
class Wish:
    """What the call asks for beside the role, inherited parts of the caller's session included."""

    name: str
    external_id: str | None
    source_identity: str
    tags: dict[str, str]
    inherited: dict[str, str]  # transitive tags of the caller's session
    transitive_keys: tuple[str, ...]

    @property
    def actions(self) -> list[str]:
        """Each needs a permission of its own, in the trust policy and, across accounts, in the caller's."""
        found = ["sts:AssumeRole"]
        found += ["sts:TagSession"] if self.tags or self.inherited else []
        return found + (["sts:SetSourceIdentity"] if self.source_identity else [])

    def keys(self) -> context.Pairs:
        return {
            "sts:RoleSessionName": self.name,
            "sts:ExternalId": self.external_id or (),
            "sts:SourceIdentity": self.source_identity or (),
            "aws:TagKeys": (*self.tags, *self.inherited),
            "sts:TransitiveTagKeys": self.transitive_keys,
            **{f"aws:RequestTag/{key}": value for key, value in (self.inherited | self.tags).items()},
        }


def assume_role(call: Call) -> dict[str, Any]:
    """The answer's content. Raises AwsError; the checks stand in AWS's order."""
    caller = call.caller
    if caller is None or (caller.session and caller.session.kind == "federated"):
        raise access_denied("Cannot call AssumeRole with federated user credentials")
    parameters.validate(call.form, required=("RoleArn", "RoleSessionName"))
    wish = _wish(call.form, caller)
    role = _authorized(call, caller, wish)
    duration = checked_duration(call, role)
    if caller.session and duration > LONGEST_CHAINED:
        raise validation_error(TOO_LONG_CHAINED)
    session = mint(
        Order(
            kind="role",
            owner=role,
            name=wish.name,
            duration=duration,
            policies=session_policies(call.form, call.world, role.account),
            tags=wish.inherited | wish.tags,
            transitive_keys=(*wish.inherited, *wish.transitive_keys),
            source_identity=wish.source_identity,
            chained=caller.session is not None,
            least_token=call.number("MinimumSessionTokenSize", 0),
        )
    )
    call.sessions.add(session)
    return assumed(session)


def checked_duration(call: Call, role: Identity) -> int:
    duration = call.number("DurationSeconds", 3600)
    if duration > role.max_duration:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return duration


def _wish(form: Mapping[str, str], caller: Caller) -> Wish:
    tags = parameters.tags(form)
    inherited = _inherited(caller)
    if {key.lower() for key in inherited} & {key.lower() for key in tags}:
        raise AwsError("InvalidParameterValue", CONFLICT)
    transitive = tuple(parameters.members(form, "TransitiveTagKeys"))
    if not {key.lower() for key in transitive} <= {key.lower() for key in tags}:
        raise AwsError(
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags.",
        )
    if {"SerialNumber", "TokenCode"} & set(form):
        raise access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
    return Wish(
        name=form["RoleSessionName"],
        external_id=form.get("ExternalId"),
        source_identity=_source_identity(form, caller),
        tags=tags,
        inherited=inherited,
        transitive_keys=transitive,
    )


def _inherited(caller: Caller) -> dict[str, str]:
    session = caller.session
    return {key: session.tags[key] for key in session.transitive_keys} if session else {}


def _source_identity(form: Mapping[str, str], caller: Caller) -> str:
    """Once set, it stays for the whole chain."""
    wished = parameters.source_identity(form.get("SourceIdentity", ""))
    held = caller.session.source_identity if caller.session else ""
    if held and wished and wished != held:
        raise validation_error("The source identity is already set for this assume role session")
    return held or wished


def _authorized(call: Call, caller: Caller, wish: Wish) -> Identity:
    """The role, when its trust policy and the caller's own policies agree on every action."""
    arn = call.form["RoleArn"]
    role = call.world.role(arn)
    for action in wish.actions:
        tags = role.tags if role else {}
        keys = context.build(call.surroundings, context.of_caller(caller), context.of_role(tags), wish.keys())
        ask = Ask(action, arn, keys)
        if role is None:
            # A role that does not exist looks exactly like one that does not trust the caller.
            raise refused(caller, ask)
        grant = grant_for(role.trust, caller, action=action, resource=arn, context=keys)
        if grant in (Grant.NONE, Grant.DENY):
            raise refused(caller, ask, "with an explicit deny in a role trust policy" if grant is Grant.DENY else "")
        # A source identity must be allowed on both sides; else the role's word is enough in one account.
        check(caller, ask, grant=grant, owner_account=account_of(arn), both=action == "sts:SetSourceIdentity")
    if role is None:
        raise access_denied("Access denied")
    return role
