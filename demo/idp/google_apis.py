"""The two Google APIs that know a person's groups, in shape: Cloud Identity and the Admin SDK's Directory.

Sources: the discovery documents cloudidentity.v1 and admin.directory_v1, and Google's JSON error model.
"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import flask
from werkzeug.wrappers import Response

from demo.idp.faults import Answer
from demo.idp.google_groups import CUSTOMER, GroupDirectory
from demo.idp.people import Directory
from demo.idp.service_account import CLOUD_IDENTITY, DIRECTORY, Caller, GrantRefused, ServiceAccount
from demo.idp.world import World

QUERY = re.compile(
    r"member_key_id == '((?:[^'\\]|\\['\\])+)'"
    r" && '(cloudidentity\.googleapis\.com/groups\.[a-z_]+)' in labels"
    r"(?: && parent == 'customers/([A-Za-z0-9]+)')?"
)


class ApiRefused(Exception):
    """The API answers an error in Google's model: a number, a word and a sentence."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": status, "message": message, "status": word}}


def add_routes(route: Callable[..., None], account: ServiceAccount, world: World) -> None:
    """Add both APIs below the provider's issuer, which is the endpoint that a client is told."""
    transitive = "/v1/groups/-/memberships:searchTransitiveGroups"
    route(transitive, lambda: _answered(world, lambda: _search(account, world)), "GET")
    route("/admin/directory/v1/groups", lambda: _answered(world, lambda: _list(account, world)), "GET")


def token(account: ServiceAccount, answer: Answer) -> Response:
    """Answer the JWT bearer grant."""
    if answer.replaces:
        return _faulty(answer, {})
    try:
        return _faulty(answer, account.redeem(flask.request.form.get("assertion", "")))
    except GrantRefused as refusal:
        return _json(refusal.body, refusal.status)


def _answered(world: World, ask: Callable[[], dict[str, Any]]) -> Response:
    answer = world.faults.take("google", "groups").answer
    if answer.replaces:
        return _faulty(answer, {})
    try:
        return _faulty(answer, ask())
    except ApiRefused as refusal:
        return _json(refusal.body, refusal.status)


def _search(account: ServiceAccount, world: World) -> dict[str, Any]:
    """Answer groups.memberships.searchTransitiveGroups."""
    _allowed(account, CLOUD_IDENTITY)
    match = QUERY.fullmatch(flask.request.args.get("query", ""))
    if not match:
        raise ApiRefused(400, "INVALID_ARGUMENT", "Request contains an invalid argument: query.")
    member, label, customer = re.sub(r"\\(.)", r"\1", match.group(1)), match.group(2), match.group(3)
    if customer not in {None, CUSTOMER}:
        raise ApiRefused(403, "PERMISSION_DENIED", "Error(2028): Permission denied for customer.")
    _known(world.directory, member)
    found = [group for group in world.groups.transitive(member) if label in world.groups.labels(group)]
    if customer:
        found = [group for group in found if group.endswith("@example.com")]
    page, token = _page(found, most=1000, usual=200, size="pageSize")
    direct = set(world.groups.direct(member))
    return {"memberships": [_relation(world.groups, group, group in direct) for group in page], **token}


def _relation(groups: GroupDirectory, group: str, direct: bool) -> dict[str, Any]:  # noqa: FBT001  # one fact
    return {
        "groupKey": {"id": group},
        "group": f"groups/{abs(hash(group))}",
        "displayName": group.partition("@")[0],
        "roles": [{"role": "MEMBER"}],
        "relationType": "DIRECT" if direct else "INDIRECT",
        "labels": dict.fromkeys(groups.labels(group), ""),
    }


def _list(account: ServiceAccount, world: World) -> dict[str, Any]:
    """Answer directory.groups.list by ``userKey``: direct memberships alone."""
    _allowed(account, DIRECTORY)
    sent = flask.request.args
    if not sent.get("userKey") or "customer" in sent:
        raise ApiRefused(400, "INVALID_ARGUMENT", "Bad Request")
    _known(world.directory, sent["userKey"])
    page, token = _page(world.groups.direct(sent["userKey"]), most=200, usual=200, size="maxResults")
    listed = [{"kind": "admin#directory#group", "email": group, "name": group.partition("@")[0]} for group in page]
    # As the real one: without a group the list is absent.
    return {"kind": "admin#directory#groups", **({"groups": listed} if listed else {}), **token}


def _allowed(account: ServiceAccount, scope: str) -> Caller:
    sent = flask.request.authorization
    caller = account.caller(sent.token or "") if sent and sent.type == "bearer" else None
    if caller is None:
        raise ApiRefused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    if scope not in caller.scopes:
        raise ApiRefused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
    if not account.may_read_groups(caller):
        raise ApiRefused(403, "PERMISSION_DENIED", "Not Authorized to access this resource/api")
    return caller


def _known(directory: Directory, address: str) -> None:
    if directory.by_email(address) is None:
        raise ApiRefused(404, "NOT_FOUND", "Resource Not Found: userKey")


def _page(found: list[str], *, most: int, usual: int, size: str) -> tuple[list[str], dict[str, str]]:
    """Return one page and, where another follows, the token that leads to it."""
    sent = flask.request.args
    start, wanted = sent.get("pageToken", "0"), sent.get(size, str(usual))
    if not (start.isdecimal() and wanted.isdecimal() and 1 <= int(wanted) <= most):
        raise ApiRefused(400, "INVALID_ARGUMENT", f"Invalid value for {size} or pageToken.")
    end = int(start) + int(wanted)
    return found[int(start) : end], {"nextPageToken": str(end)} if end < len(found) else {}


def _json(body: dict[str, Any], status: int) -> Response:
    response = flask.jsonify(body)
    response.status_code = status
    return response


def _faulty(answer: Answer, members: dict[str, Any]) -> Response:
    """Return what a fault makes of the answer; ``drip`` sends a character every so many seconds."""
    time.sleep(answer.delay)
    body = answer.body or "" if answer.replaces else flask.json.dumps(answer.change.apply(members))
    content = _dripping(body, answer.drip) if answer.drip else body
    return Response(content, answer.status, content_type=answer.content_type)


def _dripping(body: str, seconds: float) -> Iterator[str]:
    for character in body:
        time.sleep(seconds)
        yield character
