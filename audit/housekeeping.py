"""Clear what is over: Django sessions, tokens of sign-ins that ended, jobs done weeks ago, old counts of tries."""

from importlib import import_module

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts import pauses
from accounts.limits import forget_old_counts
from accounts.models import SignIn
from accounts.oidc.logout.back import forget_spent_tokens
from accounts.saml import used as saml_messages
from audit import outbox


def keep_house() -> dict[str, int]:
    """Do all of it and return how much; safe to repeat."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return {
        "tokens": forget_tokens(),
        "jobs": outbox.prune(),
        "counts": forget_old_counts(),
        "pauses": pauses.prune(),
        "logout tokens": forget_spent_tokens(),
        "SAML messages": saml_messages.prune(),
    }


def forget_tokens() -> int:
    """Empty the tokens of sign-ins that ended or outlived their time, and return how many held any.

    Ending a sign-in does this at once; here is what a crash in between left behind.
    """
    over = SignIn.objects.filter(Q(ended_at__isnull=False) | Q(expires_at__lte=timezone.now()))
    return over.exclude(web_identity_token="", refresh_token="").update(
        web_identity_token="", refresh_token="", web_identity_token_expires_at=None
    )
