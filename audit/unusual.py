"""What is unusual about an issued session, from what the same person did before it.

Each question is asked as of the session's own moment, so the answer is the same whenever, and however often, the
audit runs.
"""

import ipaddress
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from audit.models import Finding
from credentials.models import IssuedSession

State = IssuedSession.State
NEVER_ISSUED = (State.PENDING, State.FAILED, State.ABANDONED)
REMEMBERED = timedelta(days=90)
BURST_WITHIN = timedelta(minutes=10)
V4_PREFIX, V6_PREFIX = 24, 48  # what one office or one line at home usually is


def was_issued(session: IssuedSession) -> bool:
    return session.state not in NEVER_ISSUED


def signs(session: IssuedSession) -> dict[Finding.Kind, str]:
    """Return the unusual of a session that was issued, in sentences by kind."""
    if not was_issued(session):
        return {}
    asked = {kind: ask(session) for kind, ask in QUESTIONS.items()}
    return {kind: text for kind, text in asked.items() if text}


def first_use(session: IssuedSession) -> str:
    if earlier(session).filter(role=session.role_id).exists():
        return ""
    return f"{session.user.label} never took {session.role.name} before."


def new_network(session: IssuedSession) -> str:
    """Name a network not seen for this person in 90 days; somebody's very first session has none to compare with."""
    here = network(session.address)
    if not here or not earlier(session).exists():
        return ""
    recent = earlier(session).filter(created_at__gte=session.created_at - REMEMBERED)
    seen = {network(address) for address in recent.order_by().values_list("address", flat=True).distinct()}
    return "" if here in seen else f"{session.user.label} was not seen in {here} in the last 90 days."


def burst(session: IssuedSession) -> str:
    """Flag the one session with which a person passes the limit, so that a burst is told once."""
    limit: int = settings.DAYPASS_BURST
    before = earlier(session).filter(created_at__gt=session.created_at - BURST_WITHIN)
    if before.order_by()[: limit + 1].count() != limit:
        return ""
    return f"{session.user.label} took more than {limit} sessions within ten minutes."


def earlier(session: IssuedSession) -> QuerySet[IssuedSession]:
    """Return what the same person was issued before; of two at the same instant, the one with the lower id is first."""
    same_person = IssuedSession.objects.filter(user=session.user_id).exclude(state__in=NEVER_ISSUED)
    before = same_person.filter(created_at__lt=session.created_at)
    return before | same_person.filter(created_at=session.created_at, pk__lt=session.pk)


def network(address: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) that holds the address, or nothing for what is no address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    prefix = V4_PREFIX if ip.version == 4 else V6_PREFIX
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))


QUESTIONS: dict[Finding.Kind, Callable[[IssuedSession], str]] = {
    Finding.Kind.FIRST_USE: first_use,
    Finding.Kind.NEW_NETWORK: new_network,
    Finding.Kind.BURST: burst,
}
