"""Messages that were used, so that each is used once, whichever process gets it; needs nothing of the extra."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.refusals import Reason, SignInRefused
from accounts.saml.models import SamlMessage
from accounts.saml.times import LEEWAY

AT_ONCE = 5000


def use_once(provider: str, message_id: str, *, until: datetime, **kept: Any) -> None:
    """Remember the message as used; raise SignInRefused if it was used before.

    ``until`` is when its age alone refuses it. In a transaction that rolls back it was not used.
    """
    try:
        with transaction.atomic():
            SamlMessage.objects.create(
                provider=provider, message_id=digest(message_id), forget_at=until + 2 * LEEWAY, **kept
            )
    except IntegrityError:
        raise SignInRefused(Reason.REPLAY, "this message was used before") from None


def prune() -> int:
    """Forget messages whose age alone refuses them, and empty assertions that nobody fetched; return how many."""
    now = timezone.now()
    SamlMessage.objects.filter(waits_until__lte=now).exclude(sealed="").update(sealed="", handle="")
    old = list(SamlMessage.objects.filter(forget_at__lte=now).values_list("pk", flat=True)[:AT_ONCE])
    return SamlMessage.objects.filter(pk__in=old).delete()[0]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
