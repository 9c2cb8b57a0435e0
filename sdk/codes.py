"""The authorization code flow with PKCE (RFC 7636): for a tool on the same computer as the browser."""

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import SignIn
from audit.record import Origin
from sdk.authorizations import Tokens, authorize, end, first_tokens, is_live
from sdk.body import text
from sdk.clients import Body
from sdk.errors import SdkError
from sdk.models import Authorization, AuthorizationCode, Registration
from sdk.opaque import hash_of, new_token

LIFE = timedelta(minutes=2)
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # RFC 7636, section 4.1


def client_named(client_id: str) -> Registration | None:
    """Return the client of this id, if it is registered still; what it may do is for the caller to see."""
    try:
        return Registration.objects.filter(pk=UUID(client_id), expires_at__gt=timezone.now()).first()
    except ValueError:
        return None


def issue_code(*, sign_in: SignIn, registration: Registration, redirect_uri: str, code_challenge: str) -> str:
    """Return a code for the tool that waits at the redirect URI. The person has approved."""
    code, origin = new_token(), Origin(registration.address, registration.user_agent, "sdk")
    with transaction.atomic():
        authorization = authorize(
            sign_in=sign_in, registration=registration, kind=Authorization.Kind.PKCE, origin=origin
        )
        AuthorizationCode.objects.create(
            code_hash=hash_of(code),
            registration=registration,
            authorization=authorization,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            expires_at=timezone.now() + LIFE,
        )
    return code


def redeem(body: Body, *, client: Registration, origin: Origin) -> Tokens:
    """Return the tokens for a code; raise SdkError. One that comes twice ends what it gave (RFC 6749, 4.1.2)."""
    kept = AuthorizationCode.objects.filter(code_hash=hash_of(text(body, "code")), registration=client)
    found = kept.select_related("authorization__sign_in__user", "authorization__registration").first()
    now = timezone.now()
    # Whether it was used comes before whether it is too old: who brings a used one late holds a copy all the same.
    if found is None or (found.used_at is None and found.expires_at <= now):
        raise unknown()
    if not AuthorizationCode.objects.filter(pk=found.pk, used_at=None).update(used_at=now):
        end(authorization=found.authorization, reason=Authorization.Ended.MISUSED, origin=origin)
        raise unknown()
    if text(body, "redirectUri") != found.redirect_uri or not _verifies(text(body, "codeVerifier"), found):
        end(authorization=found.authorization, reason=Authorization.Ended.MISUSED, origin=origin)
        raise unknown()
    if not is_live(found.authorization, now):
        raise unknown()
    return first_tokens(found.authorization, client)


def unknown() -> SdkError:
    return SdkError("InvalidGrantException", "This code is not good here, or not any more. Run `aws sso login` again.")


def _verifies(verifier: str, code: AuthorizationCode) -> bool:
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return secrets.compare_digest(digest, code.code_challenge)
