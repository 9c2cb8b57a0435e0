"""Assertions that wait, sealed, for the browser that asked for them; and which messages were used already."""

import hashlib
import json
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.custody import Custody, Unsealable
from accounts.refusals import Reason, SignInRefused
from accounts.saml.assertion import LEEWAY, Assertion
from accounts.saml.models import SamlMessage

WAIT = timedelta(minutes=2)
KEY_BYTES, AT_ONCE = 32, 5000
MOMENTS = ("authenticated_at", "usable_until")


def use_once(provider: str, message_id: str, *, until: datetime, **kept: Any) -> None:
    """Remember the message as used; raise SignInRefused if it was used before, in whatever process."""
    try:
        with transaction.atomic():
            SamlMessage.objects.create(
                provider=provider, message_id=_digest(message_id), forget_at=until + 2 * LEEWAY, **kept
            )
    except IntegrityError:
        raise SignInRefused(Reason.REPLAY, "this message was used before") from None


def keep(provider: str, assertion: Assertion) -> str:
    """Use the assertion and keep it, sealed, for two minutes; return the key that fetches it once."""
    key = secrets.token_urlsafe(KEY_BYTES)
    handle = _digest(key)
    use_once(
        provider,
        assertion.id,
        until=assertion.usable_until,
        handle=handle,
        waits_until=timezone.now() + WAIT,
        sealed=Custody.from_settings().seal(_text(assertion), context=_context(handle)),
    )
    return key


def fetch(provider: str, key: str) -> Assertion:
    """Return what waits under the key, once; raise SignInRefused when nothing does."""
    waiting = SamlMessage.objects.filter(provider=provider, handle=_digest(key), waits_until__gt=timezone.now())
    row = waiting.first()
    if row is None or not waiting.filter(pk=row.pk).exclude(sealed="").update(sealed="", handle=""):
        raise SignInRefused(Reason.STATE, "nothing waits for this browser")
    try:
        return _assertion(Custody.from_settings().open(row.sealed, context=_context(row.handle)))
    except Unsealable:
        raise SignInRefused(Reason.STATE, "the key that sealed it is gone") from None


def prune() -> int:
    """Forget messages that would be refused as too old anyway, and assertions that nobody fetched; return how many."""
    now = timezone.now()
    SamlMessage.objects.filter(waits_until__lte=now).exclude(sealed="").update(sealed="", handle="")
    old = SamlMessage.objects.filter(forget_at__lte=now).values("pk")[:AT_ONCE]
    return SamlMessage.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _context(handle: str) -> str:
    return f"saml:{handle}"


def _text(assertion: Assertion) -> str:
    values = asdict(assertion)
    return json.dumps(values | {name: values[name].isoformat() for name in MOMENTS})


def _assertion(text: str) -> Assertion:
    values = json.loads(text)
    return Assertion(**values | {name: datetime.fromisoformat(values[name]) for name in MOMENTS})
