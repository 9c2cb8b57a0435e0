"""The container credentials protocol: one address, one bearer token, one role (AWS SDKs and Tools Reference Guide,
"Container credential provider"). For CLIs too old for anything else, for CI on a person's behalf, for other SDKs.
"""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction

from accounts.models import SignIn
from audit.record import Origin, record
from audit.tags import Tag
from credentials.secret import Credentials
from roles.access import Grant, Refused, grant_for
from sdk.authorizations import actor_of
from sdk.bearer import authorization_of, unauthorized
from sdk.errors import SdkError
from sdk.issuing import role_credentials
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
        SignIn.objects.filter(pk=sign_in.pk).update(tools_until=sign_in.expires_at)
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
    authorization = authorization_of(token)
    role = authorization.role
    if authorization.kind != Authorization.Kind.CONTAINER or role is None:
        raise unauthorized()
    if (role.account.account_id, role.name) != (account_id, role_name):
        raise SdkError("ForbiddenException", "This token is for another role.")
    _decide(authorization.sign_in, account_id, role_name)
    return shared(
        token=token,
        what=f"{account_id}/{role_name}",
        make=lambda: role_credentials(
            authorization=authorization, account_id=account_id, role_name=role_name, origin=origin
        ),
    )


def as_json(credentials: Credentials, account_id: str) -> dict[str, Any]:
    """Return the answer of the protocol: the token is called Token, and times are texts (RFC 3339)."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.session_token,
        "Expiration": credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AccountId": account_id,
    }


def _decide(sign_in: SignIn, account_id: str, role_name: str) -> None:
    """Decide for each who asks, also for those who share an answer."""
    try:
        grant_for(sign_in=sign_in, account_id=account_id, role_name=role_name)
    except Refused:
        raise SdkError("ForbiddenException", "You may not take this role any more.") from None
