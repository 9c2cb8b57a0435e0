"""Every job that can stand in the outbox, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.refusal_log import count_refusals
from audit.alerts import mark_told
from audit.channels import send_mail, send_webhook
from audit.expiry import expire_session
from audit.flags import flag_event
from audit.review import audit_session
from audit.streaks import review_refusal


@dataclass(frozen=True)
class Work:
    """What a job does. ``effect`` writes to the database only, in one transaction with the job's being done.

    ``errand`` speaks to the world first, with no transaction open, and may happen twice when a worker dies between
    the two.
    """

    effect: Callable[..., None]
    errand: Callable[..., None] | None = None


JOBS: dict[str, Work] = {
    "audit_session": Work(audit_session),
    "count_refusals": Work(count_refusals),
    "expire_session": Work(expire_session),
    "flag_event": Work(flag_event),
    "review_refusal": Work(review_refusal),
    "tell_mail": Work(mark_told, errand=send_mail),
    "tell_webhook": Work(mark_told, errand=send_webhook),
}
