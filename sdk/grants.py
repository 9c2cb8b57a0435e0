"""CreateToken: one endpoint, three grants (RFC 6749, section 4; RFC 8628, section 3.4)."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from audit.record import Origin
from sdk import codes, devices
from sdk.authorizations import Tokens, renew
from sdk.body import text
from sdk.clients import CODE, DEVICE_CODE, REFRESH, Body, client_of, may_use
from sdk.errors import SdkError
from sdk.models import Registration


def create_token(body: Body, *, origin: Origin) -> Body:
    """Return tokens as AWS's clients expect them; raise SdkError."""
    client, grant = client_of(body), text(body, "grantType")
    if grant not in REDEEM:
        raise SdkError("UnsupportedGrantTypeException", f"Known grant types: {', '.join(sorted(REDEEM))}.")
    if not may_use(client, grant):
        raise SdkError("UnauthorizedClientException", "This client did not register for this grant type.")
    tokens = REDEEM[grant](body, client=client, origin=origin)
    if client.used_at is None:
        Registration.objects.filter(pk=client.pk).update(used_at=timezone.now())
    answer: dict[str, Any] = {
        "accessToken": tokens.access_token,
        "tokenType": "Bearer",
        "expiresIn": tokens.expires_in,
    }
    return answer | ({"refreshToken": tokens.refresh_token} if tokens.refresh_token else {})


def refresh(body: Body, *, client: Registration, origin: Origin) -> Tokens:
    return renew(token=text(body, "refreshToken"), registration=client, origin=origin)


REDEEM: dict[str, Callable[..., Tokens]] = {
    DEVICE_CODE: devices.redeem,
    CODE: codes.redeem,
    REFRESH: refresh,
}
