"""The small actions of STS: who am I, whose key is this, and tokens for federated users."""

from typing import Any

from demo.aws import context
from demo.aws.authorize import Ask, check
from demo.aws.callers import Caller
from demo.aws.errors import access_denied, validation_error
from demo.aws.sts import parameters
from demo.aws.sts.call import Call
from demo.aws.sts.mint import Order, credentials, mint, session_policies

FEDERATION_DURATION = parameters.Number(900, 129600)


def get_caller_identity(call: Call) -> dict[str, Any]:
    """Always allowed, even under an explicit deny."""
    caller = _caller(call)
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def get_access_key_info(call: Call) -> dict[str, Any]:
    """The account of a key. The action has no resource; any principal with the permission may ask."""
    caller = _caller(call)
    parameters.validate(call.form, required=("AccessKeyId",))
    _check(call, caller, "sts:GetAccessKeyInfo", "*")
    key_id = call.form["AccessKeyId"]
    session, key = call.sessions.get(key_id), call.world.long_term_key(key_id)
    account = session.account if session else key.user.account if key else None
    if account is None:
        raise validation_error(f"The access key {key_id} is not known.")
    return {"Account": account}


def get_federation_token(call: Call) -> dict[str, Any]:
    """Credentials of an IAM user, cut down to the session policy; without one they allow nothing."""
    caller = _caller(call)
    if caller.session:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    parameters.validate(call.form, required=("Name",), rules={"DurationSeconds": FEDERATION_DURATION})
    name, tags = call.form["Name"], parameters.tags(call.form)
    arn = f"arn:aws:sts::{caller.account}:federated-user/{name}"
    _check(call, caller, "sts:GetFederationToken", arn)
    if tags:
        _check(call, caller, "sts:TagSession", arn)
    session = mint(
        Order(
            kind="federated",
            owner=caller.owner,
            name=name,
            duration=call.number("DurationSeconds", 43200),
            policies=session_policies(call.form, call.world, caller.account),
            tags=tags,
            least_token=call.number("MinimumSessionTokenSize", 0),
        )
    )
    call.sessions.add(session)
    return credentials(session) | {"FederatedUser": {"FederatedUserId": session.user_id, "Arn": session.arn}}


def _caller(call: Call) -> Caller:
    if call.caller is None:
        raise access_denied("Access denied")
    return call.caller


def _check(call: Call, caller: Caller, action: str, resource: str) -> None:
    tags = parameters.tags(call.form)
    requested = {f"aws:RequestTag/{key}": value for key, value in tags.items()} | {"aws:TagKeys": tuple(tags)}
    keys = context.build(call.surroundings, context.of_caller(caller), requested)
    check(caller, Ask(action, resource, keys))
