"""A provider says that somebody signed out, and nobody here is meant: told, or nobody learns that logout does nothing.

A provider may name its sessions otherwise in a logout than in its tokens, or a claim may be missing there. The answer
stays the same, since a stranger may ask; the ledger says it.
"""

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import SignIn
from accounts.providers.declared import Provider
from accounts.refusal_log import record_refusal
from accounts.sessions import stranger
from audit.tags import Tag

NOBODY = "unknown_session"  # stands on the ledger among the reasons of refused logouts
DETAIL = "nobody is signed in under the session or the name that was told"
LOOK_BACK = timedelta(days=30)  # a provider's own session may go on for weeks after the one here


def tell(request: HttpRequest, provider: Provider, named: QuerySet[SignIn], *, channel: str) -> None:
    """Put on the ledger that a logout ended nothing, unless what it names has ended before.

    ``named`` are all sign-ins of the name, whether they live or not. As with refusals, only so many are written.
    """
    if named.filter(started_at__gt=timezone.now() - LOOK_BACK).exclude(ended_at=None).exists():
        return
    record_refusal(
        Tag.SIGN_IN_LOGOUT_REFUSE,
        actor=stranger(request),
        provider=provider.slug,
        channel=channel,
        reason=NOBODY,
        detail=DETAIL,
    )
