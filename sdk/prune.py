"""Forget what no tool can use any more. What happened stands on the ledger; these rows are of use to nobody."""

import time
from datetime import timedelta

from django.utils import timezone

from sdk.models import AccessToken, Authorization, AuthorizationCode, DeviceAuthorization, Registration, SharedAnswer

# A refresh token that comes again must still be known as one that was used, as long as its authorization could live.
KEPT = timedelta(days=7)
UNUSED = timedelta(days=1)  # a registration that came to nothing: anybody can make them; a token to sign out with


def prune() -> int:
    """Delete what is over and return how many rows; safe to repeat, and to run beside everything."""
    now = timezone.now()
    over = (
        AccessToken.objects.filter(expires_at__lte=now - UNUSED),
        AuthorizationCode.objects.filter(expires_at__lte=now - KEPT),
        DeviceAuthorization.objects.filter(expires_at__lte=now - UNUSED),
        Authorization.objects.filter(expires_at__lte=now - KEPT),
        Registration.objects.filter(expires_at__lte=now, authorizations=None),
        Registration.objects.filter(
            created_at__lte=now - UNUSED, authorizations=None, device_authorizations=None, used_at=None
        ),
        SharedAnswer.objects.filter(claimed_at__lte=time.time() - 60),
    )
    return sum(rows.delete()[0] for rows in over)
