"""End what nobody uses any more, so that its tokens go and the ledger says when."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.freshness import unconfirmed, with_confirmed
from accounts.models import SignIn
from accounts.sessions import end_sign_in, judge

AT_ONCE = 500


def end_stale_sign_ins() -> int:
    """End sign-ins past a limit or of people who may not sign in, as their next request would; return how many.

    At most 500 a time; safe to repeat, and to run beside the requests that do the same.
    """
    now = timezone.now()
    idle = now - timedelta(seconds=settings.DAYPASS_SESSION_IDLE)
    unused = Q(last_seen_at__lte=idle) & (Q(tools_until=None) | Q(tools_until__lte=now))
    over = Q(expires_at__lte=now) | unused | Q(user__is_active=False) | unconfirmed(now)
    found = with_confirmed(SignIn.objects.filter(ended_at=None)).filter(over)
    found = found.select_related("user").defer("web_identity_token", "refresh_token")
    judged = [(sign_in, judge(sign_in, now)) for sign_in in found[:AT_ONCE]]
    return sum(end_sign_in(sign_in=sign_in, reason=reason) for sign_in, reason in judged if reason)
