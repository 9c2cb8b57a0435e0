"""The two ways out to people: mail, and a webhook that gets signed JSON."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from audit.alerts import notice
from portal import env
from portal.outgoing import Limits, NoAnswer, TooLarge, ask

LIMITS = Limits(timeout=5, whole=5, largest=65_536)  # the answer's body is of no interest
SIGNATURE_HEADER = "Daypass-Signature"


class NotDelivered(RuntimeError):
    """The message did not arrive. The words never hold the address, which may be a secret itself."""


def send_mail(*, about: str, thing: str, channel: str) -> None:
    """Mail a notice to DAYPASS_ALERT_EMAIL."""
    told = notice(about, thing)
    message = EmailMessage(subject=told.title, body=told.as_text(), to=list(settings.DAYPASS_ALERT_EMAIL))
    try:
        message.send()
    except OSError as error:  # smtplib's errors are OSErrors too
        raise NotDelivered(f"the mail server did not take the mail ({type(error).__name__})") from None


def send_webhook(*, about: str, thing: str, channel: str) -> None:
    """POST a notice to DAYPASS_ALERT_WEBHOOK; raise NotDelivered for anything but a 2xx answer."""
    body = json.dumps(notice(about, thing).as_json()).encode()
    status = _post(settings.DAYPASS_ALERT_WEBHOOK, body)
    if status // 100 != 2:
        raise NotDelivered(f"the webhook answered {status}")


def _post(url: str, body: bytes) -> int:
    """Return the answer's status. Redirects are not followed: nobody else gets what was meant for the webhook."""
    if not is_allowed(url):
        raise NotDelivered("the webhook's address is neither https nor on loopback")
    headers = {"Content-Type": "application/json", "User-Agent": f"Daypass/{settings.VERSION}"}
    headers |= signature(body, int(time.time()))
    try:
        return ask("POST", url, limits=LIMITS, data=body, headers=headers).status
    except NoAnswer as error:
        raise NotDelivered(f"the webhook did not answer ({error.why})") from None
    except TooLarge as answered:
        return answered.status


def is_allowed(url: str) -> bool:
    """Tell whether a webhook may have this address: https anywhere, plain http on loopback only."""
    parts = urlsplit(url)
    return bool(parts.hostname) and env.is_secure(parts, plain_http_on_loopback=True)


def signature(body: bytes, at: int) -> dict[str, str]:
    """Return the header that proves who wrote the body and when: HMAC-SHA256 (RFC 2104) of ``at.body``, in hex."""
    secret: str = settings.DAYPASS_ALERT_SECRET
    if not secret:
        return {}
    code = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {SIGNATURE_HEADER: f"t={at},v1={code}"}
