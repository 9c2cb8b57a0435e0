"""Assertions that wait, sealed, for the browser that asked for them."""

import json
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.custody import Custody, Unsealable
from accounts.refusals import Reason, SignInRefused
from accounts.saml.assertion import Assertion
from accounts.saml.models import SamlMessage
from accounts.saml.used import digest, use_once

WAIT = timedelta(minutes=2)
KEY_BYTES = 32
MOMENTS = ("authenticated_at", "usable_until")


def keep(provider: str, assertion: Assertion) -> str:
    """Use the assertion and keep it, sealed, for two minutes; return the key that fetches it once."""
    key = secrets.token_urlsafe(KEY_BYTES)
    handle = digest(key)
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
    waiting = SamlMessage.objects.filter(provider=provider, handle=digest(key), waits_until__gt=timezone.now())
    row = waiting.first()
    if row is None or not waiting.filter(pk=row.pk).exclude(sealed="").update(sealed="", handle=""):
        raise SignInRefused(Reason.STATE, "nothing waits for this browser")
    try:
        return _assertion(Custody.from_settings().open(row.sealed, context=_context(row.handle)))
    except Unsealable:
        raise SignInRefused(Reason.STATE, "the key that sealed it is gone") from None


def _context(handle: str) -> str:
    return f"saml:{handle}"


def _text(assertion: Assertion) -> str:
    values = asdict(assertion)
    return json.dumps(values | {name: values[name].isoformat() for name in MOMENTS})


def _assertion(text: str) -> Assertion:
    values = json.loads(text)
    return Assertion(**values | {name: datetime.fromisoformat(values[name]) for name in MOMENTS})
