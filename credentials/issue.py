"""Issue: the one public act of this room. A sign-in, a role and a wish go in; credentials come out, or a refusal.

The order is the point. Nothing is asked of AWS before the attempt is on the ledger, no transaction is open while AWS
is asked, and no credentials leave before their record is committed.
"""

import logging
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid5

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from accounts.models import SignIn
from accounts.sessions import judge
from accounts.step_up.demand import Demand
from audit.record import Actor, Origin
from credentials import aws, evidence, refusals, sts_calls
from credentials.models import IssuedSession
from credentials.pace import seconds_to_wait
from credentials.partitions import sts_regions
from credentials.refusals import Refusal, refusal_for
from credentials.secret import Credentials
from credentials.sts_calls import StsCall
from credentials.web_identity import TokenUnavailable, WebIdentity, web_identity
from credentials.wish import Settled, Unacceptable, Wish, settle
from portal.http import reference
from portal.outage import Outage, is_outage
from roles.access import Grant, Refused, grant_for
from roles.models import Role

logger = logging.getLogger(__name__)
# What AWS says of a token that is over. Of an access token the provider tells it, and AWS passes that on.
WORN_OUT = {"ExpiredTokenException"}
WORN_OUT_ACCESS_TOKEN = WORN_OUT | {"IDPRejectedClaim"}
RoleKey = tuple[str, str]  # AWS account ID, role name
SIGN_IN_OVER: Final = "SignInOver"
STEP_UP_REQUIRED: Final = "step_up_required"  # as the ledger says it


@dataclass(frozen=True)
class Issued:
    """A session that is on the ledger, and its credentials, for this request alone."""

    session: IssuedSession
    credentials: Credentials


class IssueRefused(Exception):
    """Nothing was handed out. ``session`` is the failed attempt, if it came to one; ``reference`` is the ledger's."""

    def __init__(self, refusal: Refusal, reference: str, session: IssuedSession | None = None) -> None:
        super().__init__(f"{refusal.slug}, reference {reference}")
        self.refusal, self.reference, self.session = refusal, reference, session


class AlreadyTaken(IssueRefused):
    """This form was sent before; the refusal says what became of it. What it gave was shown once and is not kept."""


class StepUpNeeded(IssueRefused):
    """The role asks for more than this sign-in has shown lately; ``url`` is where the person can show it, absolute."""

    def __init__(self, reference: str, demand: Demand, url: str) -> None:
        super().__init__(refusals.STEP_UP, reference)
        self.demand, self.url = demand, url


@dataclass(frozen=True)
class _Attempt:
    """What does not change from the first step to the last."""

    sign_in: SignIn
    role: RoleKey
    wish: Wish
    actor: Actor
    reference: str

    def refused(self, refusal: Refusal, *, why: str) -> IssueRefused:
        """Put a refusal of Daypass's own on the ledger, outside of whatever block it ends, and return it."""
        mark = evidence.write_refusal(self.role, actor=self.actor, reference=self.reference, why=why)
        return IssueRefused(refusal, mark)


def issue(*, sign_in: SignIn, role: RoleKey, wish: Wish, origin: Origin) -> Issued:
    """Take a role for the person of this sign-in; raise IssueRefused (or Outage) if they get nothing.

    Must not be called inside a transaction: a rollback of the caller's would undo the evidence.
    """
    actor = Actor(str(sign_in.user_id), sign_in.user.label, sign_in.pk, origin)
    attempt = _Attempt(sign_in, role, wish, actor, reference())
    try:
        return _issue(attempt)
    except DatabaseError as error:
        # Before step 4 AWS was not asked; after it the credentials go out of scope here, and the row stays pending.
        raise not_recorded(error, attempt.reference) from error


def not_recorded(error: DatabaseError, reference: str, session: IssuedSession | None = None) -> IssueRefused | Outage:
    """Return what to raise where the record could not be written: each door has its own words for an outage."""
    if is_outage(error):
        return Outage(error, reference)
    logger.error("The record failed (%s), reference %s", type(error).__name__, reference)  # its text may quote values
    return IssueRefused(refusals.NOT_RECORDED, reference, session)


def _issue(attempt: _Attempt) -> Issued:
    grant = _decide(attempt)  # 1
    settled = _settle(attempt, grant)  # 2
    session = _write_request(attempt, grant, settled)  # 3
    with sts_calls.counted() as calls:
        try:
            answer = _ask(attempt, session, settled)  # 4
        except (aws.StsRefused, aws.StsUnreachable, TokenUnavailable) as error:
            raise _failed(attempt, session, error, calls) from None
        except evidence.NoLongerPending:
            raise IssueRefused(refusals.TOO_LATE, attempt.reference, session) from None
    _write_issued(attempt, session, answer, calls)  # 5
    return Issued(session, answer.credentials)  # 6


def _decide(attempt: _Attempt) -> Grant:
    """Decide again, at the moment of issue: the page may be hours old."""
    sign_in = attempt.sign_in
    if judge(sign_in, timezone.now()):
        raise attempt.refused(refusals.SIGN_IN_ENDED, why="the sign-in has ended")
    try:
        grant = grant_for(sign_in=sign_in, account_id=attempt.role[0], role_name=attempt.role[1])
    except Refused as refused:
        raise attempt.refused(refusals.NOT_YOURS, why=str(refused)) from None
    _check_presence(attempt, grant)
    if wait := seconds_to_wait(sign_in.user_id):
        why = f"more than {settings.DAYPASS_TAKES_PER_MINUTE} roles in a minute"
        raise attempt.refused(refusals.too_often(wait), why=why)
    return grant


def _check_presence(attempt: _Attempt, grant: Grant) -> None:
    """Refuse a sign-in that has not lately shown what the role asks for. Strangers never come this far."""
    demand = grant.role.demand
    if demand is None or demand.is_met_by(attempt.sign_in, timezone.now()):
        return
    refused = attempt.refused(refusals.STEP_UP, why=STEP_UP_REQUIRED)
    raise StepUpNeeded(refused.reference, demand, step_up_url(attempt.role))


def step_up_url(role: RoleKey) -> str:
    """Return the absolute address where a person can show what a role asks for, by whatever door they came."""
    return settings.DAYPASS_BASE_URL + reverse("credentials:step_up", args=role)


def _settle(attempt: _Attempt, grant: Grant) -> Settled:
    chained = grant.role.method == Role.Method.ASSUME_ROLE and aws.chained()
    try:
        return settle(grant=grant, sign_in=attempt.sign_in, wish=attempt.wish, chained=chained)
    except Unacceptable as error:
        raise attempt.refused(refusals.unacceptable(error.sentence, error.next_step), why=error.sentence) from None


def _write_request(attempt: _Attempt, grant: Grant, settled: Settled) -> IssuedSession:
    sign_in, wish, origin = attempt.sign_in, attempt.wish, attempt.actor.origin
    session = IssuedSession(
        request_key=uuid5(wish.request_key, str(sign_in.user_id)),  # another's key neither blocks nor tells anything
        user_id=sign_in.user_id,
        sign_in=sign_in,
        role=grant.role,
        delivery=wish.delivery,
        method=settled.method,
        role_arn=settled.role_arn,
        principal=grant.principal,
        session_name=settled.session_name,
        source_identity=settled.source_identity,
        duration=settled.duration,
        region=sts_regions(settled.partition)[0],
        reason=wish.reason,
        address=origin.address,
        user_agent=origin.user_agent,
        door=origin.door,
        reference=attempt.reference,
    )
    try:
        evidence.write_request(session, actor=attempt.actor)
    except evidence.AlreadyAsked as asked:
        raise _taken(attempt, asked.earlier) from None
    return session


def _ask(attempt: _Attempt, session: IssuedSession, settled: Settled) -> aws.Answer:
    """Ask STS. For web identity the person's token is fetched here, after the attempt is on the ledger.

    Fetching it may ask the provider for a new one, which can fail or take seconds: that too must leave evidence. If
    AWS finds the token expired all the same (its clock is not ours), it is renewed once and asked once more.
    """
    if settled.method != Role.Method.WEB_IDENTITY:
        return aws.take(settled)
    settled, shown = _shown(attempt, session, settled)
    try:
        return aws.take(settled, token=shown.token, provider_id=shown.provider_id)
    except aws.StsRefused as error:
        if error.code not in (WORN_OUT_ACCESS_TOKEN if shown.provider_id else WORN_OUT):
            raise
    settled, shown = _shown(attempt, session, settled, renewed=True)
    return aws.take(settled, token=shown.token, provider_id=shown.provider_id)


def _shown(
    attempt: _Attempt, session: IssuedSession, settled: Settled, *, renewed: bool = False
) -> tuple[Settled, WebIdentity]:
    """Fetch the token; if the provider says something else of the person now, decide, settle and record once more."""
    known = list(attempt.sign_in.principals)
    shown = web_identity(sign_in=attempt.sign_in, renewed=renewed)
    return (settled if attempt.sign_in.principals == known else _settle_again(attempt, session)), shown


def _settle_again(attempt: _Attempt, session: IssuedSession) -> Settled:
    """Settle by the mapping that is in force now, and put that on record before AWS is asked."""
    try:
        grant = grant_for(sign_in=attempt.sign_in, account_id=attempt.role[0], role_name=attempt.role[1])
        settled = settle(grant=grant, sign_in=attempt.sign_in, wish=attempt.wish, chained=False)
    except Refused as refused:
        raise TokenUnavailable("NotGranted", str(refused)) from None
    except Unacceptable as error:
        raise TokenUnavailable("RightsChanged", error.sentence) from None
    if settled.method != session.method:
        raise TokenUnavailable("RightsChanged", "The role is taken in another way now.")
    evidence.write_anew(session, principal=grant.principal, settled=settled, actor=attempt.actor)
    return settled


def _write_issued(attempt: _Attempt, session: IssuedSession, answer: aws.Answer, calls: list[StsCall]) -> None:
    try:
        evidence.write_issued(session, answer=answer, calls=calls, actor=attempt.actor)
    except evidence.NoLongerPending:
        raise IssueRefused(refusals.TOO_LATE, attempt.reference, session) from None
    except evidence.SignInOver:
        attempt.refused(refusals.SIGN_IN_ENDED, why="the sign-in ended while AWS was asked")
        raise IssueRefused(refusals.SIGN_IN_ENDED, attempt.reference, session) from None


def _failed(attempt: _Attempt, session: IssuedSession, error: evidence.Failure, calls: list[StsCall]) -> IssueRefused:
    """Put on record that AWS said no, or that nobody knows what it said, and return what to tell the person."""
    refusal = _told_of(error.code, error.status, error.message)
    try:
        evidence.write_failed(session, error=error, calls=calls, actor=attempt.actor)
    except evidence.NoLongerPending:
        refusal = refusals.TOO_LATE
    return IssueRefused(refusal, attempt.reference, session)


def _told_of(code: str, status: int, message: str) -> Refusal:
    refusal = refusal_for(code, status, message)
    if code == SIGN_IN_OVER:
        return replace(refusal, sentence=message)  # in the words of the room that keeps the token
    return refusal


def _taken(attempt: _Attempt, earlier: IssuedSession) -> AlreadyTaken:
    """Answer a form that was sent again by what became of it the first time."""
    why = f"the same form was sent before, reference {earlier.reference}: {earlier.state}"
    refused = attempt.refused(refusals.SENT_AGAIN.get(earlier.state, refusals.TAKEN), why=why)
    if earlier.state != IssuedSession.State.FAILED:
        return AlreadyTaken(refused.refusal, refused.reference)
    told = _told_of(earlier.error_code, 0, earlier.error_message)
    return AlreadyTaken(told, refused.reference, earlier)
