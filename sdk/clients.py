"""RegisterClient, and who a client is afterwards."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from audit.record import Origin
from sdk.body import text, texts
from sdk.errors import SdkError
from sdk.models import Registration
from sdk.opaque import hash_of, new_token, same
from sdk.redirects import is_loopback

LIFE = timedelta(days=90)
DEVICE_CODE, CODE, REFRESH = "urn:ietf:params:oauth:grant-type:device_code", "authorization_code", "refresh_token"
GRANTS = {DEVICE_CODE, CODE, REFRESH}
ACCESS = "sso:account:access"
SCOPES = {ACCESS, "sso-portal:*"}  # the second is what some tools ask for by habit; it means the same here
Body = dict[str, object]


def register(body: Body, *, origin: Origin) -> Body:
    """Remember a client for 90 days and return its id and secret, once."""
    secret, now = new_token(), timezone.now()
    made = Registration.objects.create(
        secret_hash=hash_of(secret),
        name=_name(body),
        scopes=_scopes(body),
        **_grants(body),
        address=origin.address,
        user_agent=origin.user_agent,
        created_at=now,
        expires_at=now + LIFE,
    )
    return {
        "clientId": str(made.pk),
        "clientSecret": secret,
        "clientIdIssuedAt": seconds(made.created_at),
        "clientSecretExpiresAt": seconds(made.expires_at),
    }


def client_of(body: Body) -> Registration:
    """Return the client that names itself and knows its secret; an unknown one is told nothing more than that."""
    named, secret = text(body, "clientId"), text(body, "clientSecret")
    try:
        found = Registration.objects.filter(pk=UUID(named), expires_at__gt=timezone.now()).first()
    except ValueError:
        found = None
    if found is None or not same(secret, found.secret_hash):
        raise SdkError(
            "InvalidClientException",
            "This tool's registration is not known here any more. Delete the files in ~/.aws/sso/cache and sign in "
            "again.",
        )
    return found


def may_use(client: Registration, grant: str) -> bool:
    """Tell whether the client registered for the grant; one without a choice is a device of the old kind."""
    return grant in client.grant_types if client.grant_types else grant in {DEVICE_CODE, REFRESH}


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _name(body: Body) -> str:
    if text(body, "clientType") != "public":
        raise SdkError("InvalidClientMetadataException", "clientType must be public.")
    return text(body, "clientName")[:100]


def _scopes(body: Body) -> list[str]:
    asked = texts(body, "scopes")
    if not set(asked) <= SCOPES:
        raise SdkError("InvalidScopeException", f"The one scope here is {ACCESS}. Set sso_registration_scopes to it.")
    return asked


def _grants(body: Body) -> dict[str, list[str]]:
    grants, addresses = texts(body, "grantTypes"), texts(body, "redirectUris")
    if not set(grants) <= GRANTS:
        raise SdkError("UnsupportedGrantTypeException", f"Known grant types: {', '.join(sorted(GRANTS))}.")
    if not all(len(address) <= 255 and is_loopback(address) for address in addresses):
        raise SdkError("InvalidRedirectUriException", "A redirect URI must be http://127.0.0.1 with a path.")
    if CODE in grants and not addresses:
        raise SdkError("InvalidRedirectUriException", "authorization_code needs a redirect URI.")
    return {"grant_types": grants, "redirect_uris": addresses}
