"""The device flow (RFC 8628): a device waits, a person lets it in by its user code, the device gets its tokens."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignIn
from accounts.refusal_log import record_refusal
from audit.record import Actor, Origin, record
from audit.tags import Tag
from sdk.authorizations import Tokens, authorize, first_tokens, is_live
from sdk.body import text
from sdk.clients import Body, client_of
from sdk.errors import SdkError
from sdk.models import Authorization, DeviceAuthorization, Registration
from sdk.opaque import hash_of, new_token, new_user_code, user_code_hash
from sdk.start_url import is_ours

LIFE, INTERVAL = timedelta(minutes=10), 2
State = DeviceAuthorization.State


def start(body: Body, *, origin: Origin) -> Body:
    """Return the codes of a new device authorization (StartDeviceAuthorization)."""
    if not settings.DAYPASS_SDK_DEVICE_FLOW:
        raise SdkError("UnauthorizedClientException", "The device flow is switched off here. Use a newer AWS CLI.")
    client = client_of(body)
    if not is_ours(text(body, "startUrl")):
        raise SdkError(
            "InvalidRequestException", f"startUrl is not this portal's. Use {settings.DAYPASS_BASE_URL}/start."
        )
    device_code, user_code, now = new_token(), new_user_code(), timezone.now()
    DeviceAuthorization.objects.create(
        registration=client,
        device_code_hash=hash_of(device_code),
        user_code_hash=user_code_hash(user_code),
        address=origin.address,
        user_agent=origin.user_agent,
        created_at=now,
        expires_at=now + LIFE,
    )
    page = settings.DAYPASS_BASE_URL + reverse("sdk:device")
    return {
        "deviceCode": device_code,
        "userCode": user_code,
        "verificationUri": page,
        "verificationUriComplete": f"{page}?{urlencode({'user_code': user_code})}",
        "expiresIn": int(LIFE.total_seconds()),
        "interval": INTERVAL,
    }


def waiting(typed: str) -> DeviceAuthorization | None:
    """Return the device that waits with this user code, however it was typed."""
    now, kept = timezone.now(), user_code_hash(typed)
    found = DeviceAuthorization.objects.filter(user_code_hash=kept, state=State.PENDING, expires_at__gt=now)
    return found.select_related("registration").first() if kept else None


def decide(*, device: DeviceAuthorization, sign_in: SignIn, approve: bool, actor: Actor) -> bool:
    """Write the person's decision; False if somebody decided before, or the code has expired."""
    now = timezone.now()
    pending = DeviceAuthorization.objects.filter(pk=device.pk, state=State.PENDING, expires_at__gt=now)
    with transaction.atomic():
        if not pending.update(state=State.APPROVED if approve else State.REFUSED, sign_in=sign_in):
            return False
        told = {"name": device.registration.name, "device_address": device.address, "device": device.user_agent}
        about: dict[str, Any] = {"actor": actor, "subject": "device", "subject_id": device.pk, **told}
        if approve:
            record(Tag.TOOL_APPROVE, **about)
        else:
            record_refusal(Tag.TOOL_REFUSE, **about)
    return True


def redeem(body: Body, *, client: Registration, origin: Origin) -> Tokens:
    """Return the tokens of an approved device; raise SdkError while it waits, and when it waited too long."""
    found = (
        DeviceAuthorization.objects.filter(device_code_hash=hash_of(text(body, "deviceCode")), registration=client)
        .select_related("sign_in__user", "registration")
        .first()
    )
    if found is None or found.state == State.USED:
        raise SdkError("InvalidGrantException", "This device code is not known here. Run `aws sso login` again.")
    _refuse_early(found)
    _refuse_undecided(found)
    with transaction.atomic():
        mine = DeviceAuthorization.objects.filter(pk=found.pk, state=State.APPROVED)
        if not mine.update(state=State.USED) or found.sign_in is None:
            raise SdkError("InvalidGrantException", "This device code was used before. Run `aws sso login` again.")
        authorization = authorize(
            sign_in=found.sign_in, registration=client, kind=Authorization.Kind.DEVICE, origin=origin
        )
        if not is_live(authorization, timezone.now()):
            raise SdkError("AccessDeniedException", "The sign-in that let this device in has ended.")
        return first_tokens(authorization, client)


def _refuse_early(device: DeviceAuthorization) -> None:
    """Ask for patience only of who polls twice as fast as told, and never the first two times: the CLI polls both at
    once, and slows down for good when told (RFC 8628, section 3.5)."""
    now, before = timezone.now(), device.polled_at
    DeviceAuthorization.objects.filter(pk=device.pk).update(polls=device.polls + 1, polled_at=now)
    if device.polls >= 2 and before and (now - before).total_seconds() < INTERVAL / 2:
        raise SdkError("SlowDownException", "Ask more slowly.")


def _refuse_undecided(device: DeviceAuthorization) -> None:
    if device.state == State.REFUSED:
        raise SdkError("AccessDeniedException", "The sign-in was refused in the browser.")
    if device.expires_at <= timezone.now():
        raise SdkError("ExpiredTokenException", "Nobody let this device in within ten minutes. Start again.")
    if device.state == State.PENDING:
        raise SdkError("AuthorizationPendingException", "Waiting for you to let this device in.")
