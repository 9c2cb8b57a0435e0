"""Open the AWS console in a role: issue, exchange for a sign-in token, and write down what came of it."""

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from accounts.models import SignIn
from audit.record import Actor, Origin
from audit.tags import Tag
from credentials import evidence, refusals
from credentials.console import ConsoleFailed, Handoff, handoff
from credentials.issue import Issued, IssueRefused, RoleKey, issue, not_recorded
from credentials.models import IssuedSession
from credentials.partitions import sts_regions
from credentials.wish import Wish


@dataclass(frozen=True)
class Opened:
    """The session, and the form that carries the person to AWS."""

    session: IssuedSession
    handoff: Handoff


def open_console(*, sign_in: SignIn, role: RoleKey, wish: Wish, service: str, origin: Origin) -> Opened:
    """Take the role and open the console at a service; raise IssueRefused if either does not come about."""
    issued = issue(sign_in=sign_in, role=role, wish=wish, origin=origin)
    actor = Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk, origin)
    region = _region(issued.session, wish)
    try:
        form = _handoff(issued, region=region, service=service)
        _write(Tag.CONSOLE_OPEN, issued.session, actor, region=region, service=service)
    except ConsoleFailed as failed:
        _write(Tag.CONSOLE_FAIL, issued.session, actor, region=region, service=service, why=str(failed))
        raise IssueRefused(refusals.CONSOLE, issued.session.reference, issued.session) from None
    return Opened(issued.session, form)


def _region(session: IssuedSession, wish: Wish) -> str:
    role = session.role
    return wish.region or role.region or sts_regions(role.account.partition)[0]


def _handoff(issued: Issued, *, region: str, service: str) -> Handoff:
    account, name = issued.session.role.account, issued.session.role.name
    return handoff(
        issued.credentials,
        partition=account.partition,
        region=region,
        service=service,
        issuer=settings.DAYPASS_BASE_URL + reverse("credentials:role", args=[account.account_id, name]),
    )


def _write(tag: Tag, session: IssuedSession, actor: Actor, **details: str) -> None:
    """Write it down before anything is shown; what cannot be written down is not shown."""
    try:
        evidence.write_console(session, actor=actor, tag=tag, **details)
    except DatabaseError as error:
        raise not_recorded(error, session.reference, session) from error
