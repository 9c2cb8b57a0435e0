"""GetRoleCredentials: the one act of credentials/, and its refusals in the words that a CLI prints."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from accounts.models import SignIn
from audit.record import Origin
from credentials.issue import IssueRefused, StepUpNeeded, issue
from credentials.models import IssuedSession
from credentials.refusals import Refusal
from credentials.secret import Credentials
from credentials.wish import Unacceptable, Wish, settle
from roles.access import Grant
from roles.validators import ACCOUNT_ID, ROLE_NAME
from sdk.errors import SdkError
from sdk.models import Authorization

# By slug of the refusal; whatever is not here is a request that makes no sense until somebody changes something.
KINDS = {
    "not-yours": "ForbiddenException",
    "sign-in-ended": "UnauthorizedException",
    "too-old": "UnauthorizedException",
    "withdrawn": "UnauthorizedException",
    "step-up": "ForbiddenException",
    "busy": "TooManyRequestsException",
    "too-often": "TooManyRequestsException",
}


def role_credentials(*, authorization: Authorization, account_id: str, role_name: str, origin: Origin) -> Credentials:
    """Take the role for the person of this authorization; raise SdkError."""
    if not ACCOUNT_ID.fullmatch(account_id) or not ROLE_NAME.fullmatch(role_name):
        raise SdkError("InvalidRequestException", "Name the account by its 12 digits and the role by its name.")
    key = (account_id, role_name)
    try:
        return issue(sign_in=authorization.sign_in, role=key, wish=tools_wish(), origin=origin).credentials
    except IssueRefused as refused:
        raise as_error(refused, key, container=authorization.kind == Authorization.Kind.CONTAINER) from None


def tools_wish() -> Wish:
    """Return what a tool wishes: it names neither a duration nor a reason."""
    return Wish(request_key=uuid4(), delivery=IssuedSession.Delivery.CREDENTIALS)


def obstacle(grant: Grant, sign_in: SignIn) -> str:
    """Say why no tool can take this role, whenever it asks; "" when nothing stands in its way."""
    try:
        settle(grant=grant, sign_in=sign_in, wish=tools_wish(), chained=False)
    except Unacceptable as error:
        return error.sentence
    return ""


def token_page(account_id: str, role_name: str) -> str:
    return reverse("sdk:token", args=(account_id, role_name))


def as_error(refused: IssueRefused, key: tuple[str, str], *, container: bool) -> SdkError:
    wait = refused.refusal.retry_after
    later = {"Retry_After": str(wait)} if wait else {}
    return SdkError(kind_of(refused.refusal), sentence_of(refused, key, container=container), **later)


def kind_of(refusal: Refusal) -> str:
    usual = "ServiceUnavailableException" if refusal.status == 503 else "InvalidRequestException"
    return KINDS.get(refusal.slug, usual)


def sentence_of(refused: IssueRefused, key: tuple[str, str], *, container: bool) -> str:
    """Return what the CLI prints. What only the browser can do is said with its address.

    Who holds a container token never ran `aws sso login`: the way on is a new token.
    """
    refusal = refused.refusal
    made_anew = f"make a new token at {settings.DAYPASS_BASE_URL}{token_page(*key)}"
    again = made_anew if container else "run `aws sso login` again"
    if refusal.sign_in_again:
        return f"{refusal.sentence} {again[0].upper()}{again[1:]}. Reference {refused.reference}."
    said = f"{refusal.sentence} {refusal.next_step} Reference {refused.reference}."
    if isinstance(refused, StepUpNeeded):
        return f"{said} If your browser has to sign in first, {again} afterwards. Confirm at: {refused.url}"
    if refusal.status in {404, 429, 503}:
        return said
    page = settings.DAYPASS_BASE_URL + reverse("credentials:role", args=key)
    return f"{said} The role's page: {page}"


def as_json(credentials: Credentials) -> dict[str, Any]:
    """Return the answer of GetRoleCredentials; ``expiration`` is in milliseconds since 1970."""
    return {
        "roleCredentials": {
            "accessKeyId": credentials.access_key_id,
            "secretAccessKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
            "expiration": int(credentials.expires_at.timestamp() * 1000),
        }
    }
