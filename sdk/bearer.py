"""Whose bearer token is this? One query; everything that is wrong with it looks the same from outside."""

from django.db.models import CharField, QuerySet
from django.utils import timezone

from portal.compiled import Place, compiled
from sdk.authorizations import is_live, note_used
from sdk.errors import SdkError
from sdk.models import AccessToken, Authorization
from sdk.opaque import hash_of, looks_like_a_token


def authorization_of(token: str, *, worn: bool = False) -> Authorization:
    """Return the live authorization of an access token, with its sign-in and person; raise SdkError (401).

    ``worn`` lets the token's own hour be over, for whoever only wants to end the rest.
    """
    now = timezone.now()
    found = _tokens(token=hash_of(token)) if looks_like_a_token(token) else []
    over = not found or (found[0].expires_at <= now and not worn)
    if over or not is_live(found[0].authorization, now):
        raise unauthorized()
    note_used(found[0].authorization, now)
    return found[0].authorization


def unauthorized() -> SdkError:
    return SdkError("UnauthorizedException", "Session token not found or invalid. Run `aws sso login` again.")


@compiled(token=CharField())
def _tokens(token: Place) -> QuerySet[AccessToken]:
    joined = AccessToken.objects.select_related("authorization__sign_in__user", "authorization__role__account")
    plain = joined.defer("authorization__sign_in__web_identity_token", "authorization__sign_in__refresh_token")
    return plain.filter(token_hash=token).order_by()
