"""The container credentials protocol: one address, one bearer token, one role (AWS SDKs and Tools Reference Guide,
"Container credential provider"). For CLIs too old for anything else, for CI on a person's behalf, for other SDKs.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import SignIn
from audit.record import Origin, record
from audit.tags import Tag
from credentials.secret import Credentials
from roles.access import Grant, Refused, grant_for
from roles.validators import ACCOUNT_ID, ROLE_NAME
from sdk.authorizations import actor_of, hold_sign_in
from sdk.bearer import authorization_of
from sdk.errors import SdkError
from sdk.issuing import role_credentials, token_page
from sdk.models import AccessToken, Authorization
from sdk.opaque import hash_of, new_token
from sdk.sharing import shared

PATH = "/sdk/credentials/"


def make_token(*, sign_in: SignIn, grant: Grant, name: str, expires_at: datetime, origin: Origin) -> str:
    """Return a bearer token for this one role. It is shown once; it ends with the sign-in or at its own time."""
    token = new_token()
    with transaction.atomic():
        made = Authorization.objects.create(
            sign_in=sign_in,
            role=grant.role,
            kind=Authorization.Kind.CONTAINER,
            name=name,
            address=origin.address,
            user_agent=origin.user_agent,
            expires_at=min(expires_at, sign_in.expires_at),
        )
        AccessToken.objects.create(authorization=made, token_hash=hash_of(token), expires_at=made.expires_at)
        hold_sign_in(sign_in.pk)
        record(
            Tag.TOOL_AUTHORIZE,
            actor=actor_of(made, origin),
            subject="tool",
            subject_id=made.pk,
            kind=made.kind,
            name=name,
            role=grant.role.arn,
        )
    return token


def address_of(account_id: str, role_name: str) -> str:
    return f"{settings.DAYPASS_BASE_URL}{PATH}{account_id}/{quote(role_name, safe='+=,.@-_')}"


def container_credentials(*, header: str, account_id: str, role_name: str, origin: Origin) -> Credentials:
    """Return credentials for the token's own role; raise SdkError. A herd of the same request shares one answer."""
    token = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""
    role = _authorization(token, account_id, role_name).role
    if role is None or (role.account.account_id, role.name) != (account_id, role_name):
        raise SdkError("ForbiddenException", "This token is for another role. Use the address that it was shown with.")

    def take() -> Credentials:
        found = _authorization(token, account_id, role_name)
        return role_credentials(authorization=found, account_id=account_id, role_name=role_name, origin=origin)

    # Each network address asks for itself, so that whatever is handed out stands on the ledger with where it went.
    answer = shared(token=token, what=f"{account_id}/{role_name} {origin.address}", make=take)
    if answer.own or _may_share(_authorization(token, account_id, role_name).sign_in, account_id, role_name):
        return answer.credentials
    return take()  # which decides as always, and puts the refusal on the ledger


def as_json(credentials: Credentials, account_id: str) -> dict[str, Any]:
    """Return the answer of the protocol: the token is called Token, and times are texts (RFC 3339)."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.session_token,
        "Expiration": credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AccountId": account_id,
    }


def _authorization(token: str, account_id: str, role_name: str) -> Authorization:
    """Return the live authorization of a container token; raise SdkError (401) with the way to a new one."""
    try:
        found = authorization_of(token)
    except SdkError:
        raise unknown(account_id, role_name) from None
    if found.kind != Authorization.Kind.CONTAINER:
        raise unknown(account_id, role_name)
    return found


def unknown(account_id: str, role_name: str) -> SdkError:
    """Return the refusal of a token that is none. `aws sso login` makes no such token, the role's page does."""
    named = ACCOUNT_ID.fullmatch(account_id) and ROLE_NAME.fullmatch(role_name)
    page = settings.DAYPASS_BASE_URL + (token_page(account_id, role_name) if named else "/")
    said = "This container token is missing or mistyped, or it has ended."
    return SdkError("UnauthorizedException", f"{said} Make a new one in your browser: {page}")


def _may_share(sign_in: SignIn, account_id: str, role_name: str) -> bool:
    """Decide on each who is given an answer that another asked for, at the moment when it is given."""
    try:
        role = grant_for(sign_in=sign_in, account_id=account_id, role_name=role_name).role
    except Refused:
        return False
    met = role.demand is None or role.demand.is_met_by(sign_in, timezone.now())
    return met and not role.requires_reason
