"""ListAccounts and ListAccountRoles: exactly what the person's page of roles shows, in pages."""

import base64
import json
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import SignIn
from portal import documents
from portal.texts import can_be_kept
from roles.access import mappings_in_force
from roles.models import AwsAccount, Role
from roles.validators import ACCOUNT_ID
from sdk.errors import SdkError

MOST, USUAL = 100, 100
Answer = dict[str, Any]


def accounts_page(*, sign_in: SignIn, size: str, after: str) -> Answer:
    """Return AWS accounts in which this sign-in may take a role, by name."""
    mine = Role.objects.filter(pk__in=_takeable(sign_in)).order_by().values("account_id")
    rows, following = _page(AwsAccount.objects.filter(pk__in=mine), ("name", "account_id"), size, after)
    listed = [{"accountId": row.account_id, "accountName": row.name} for row in rows]
    return {"accountList": listed, **following}


def roles_page(*, sign_in: SignIn, account_id: str, size: str, after: str) -> Answer:
    """Return the roles that this sign-in may take in an AWS account, by name; another's account has none."""
    if not ACCOUNT_ID.fullmatch(account_id):
        raise SdkError("InvalidRequestException", "account_id must be 12 digits.")
    mine = Role.objects.filter(pk__in=_takeable(sign_in), account__account_id=account_id)
    rows, following = _page(mine.only("name"), ("name",), size, after)
    return {"roleList": [{"roleName": row.name, "accountId": account_id} for row in rows], **following}


def _takeable(sign_in: SignIn) -> QuerySet[Any]:
    return mappings_in_force(sign_in).order_by().values("role_id")


def _page(rows: QuerySet[Any], by: tuple[str, ...], size: str, after: str) -> tuple[list[Any], Answer]:
    """Return a page that begins after a row's own sort key: it is as quick at the end of a long list as at its start,
    and a role that comes or goes meanwhile moves no other."""
    count = _size(size)
    found = list(rows.filter(_beyond(by, _read(after, len(by))) if after else Q()).order_by(*by)[: count + 1])
    if len(found) <= count:
        return found, {}
    last = found[count - 1]
    return found[:count], {"nextToken": _written([getattr(last, name) for name in by])}


def _beyond(by: tuple[str, ...], key: list[str]) -> Q:
    """Return what sorts after the key: greater in the first column, or equal there and greater in the rest."""
    beyond = Q((f"{by[0]}__gt", key[0]))
    return beyond if len(by) == 1 else beyond | Q((by[0], key[0])) & _beyond(by[1:], key[1:])


def _size(asked: str) -> int:
    if not asked:
        return USUAL
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 3 and 1 <= int(asked) <= MOST):
        raise SdkError("InvalidRequestException", f"max_result must be a number from 1 to {MOST}.")
    return int(asked)


def _written(key: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read(token: str, length: int) -> list[str]:
    """Return the sort key that a token of ours holds. It is no secret and grants nothing: whatever it says, only what
    the sign-in may take is listed."""
    try:
        key = documents.read(base64.urlsafe_b64decode(token.encode("ascii"))) if len(token) <= 1000 else None
    except ValueError:
        key = None
    texts = isinstance(key, list) and all(isinstance(part, str) and can_be_kept(part) for part in key)
    if key and texts and len(key) == length:
        return list(key)
    raise SdkError("InvalidRequestException", "next_token is not one of ours.")
