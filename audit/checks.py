"""System checks for how people are told; each says what to do."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import append_only

is_mending: ContextVar[bool] = ContextVar("is_mending", default=False)


@register(Tags.security)
def alerts_can_be_sent(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [*_webhook(), *_addresses()]


@register(Tags.security, deploy=True)
def alerts_reach_somebody(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not (settings.DAYPASS_ALERT_EMAIL or settings.DAYPASS_ALERT_WEBHOOK):
        hint = "Set DAYPASS_ALERT_EMAIL, DAYPASS_ALERT_WEBHOOK or both."
        found.append(Caution("Nobody is told what the audit finds.", hint=hint, id="audit.W001"))
    if settings.DAYPASS_ALERT_WEBHOOK and not settings.DAYPASS_ALERT_SECRET:
        hint = "Set DAYPASS_ALERT_SECRET to 32 or more random characters and give the receiver the same."
        found.append(Caution("The webhook cannot tell Daypass from others.", hint=hint, id="audit.W002"))
    return found


@register(Tags.database)
def ledger_is_guarded(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """audit.E003; ``check --database default`` looks, and migrate does not, since it mends this."""
    if is_mending.get():
        return []
    found = [problem for name in databases or () for problem in _unguarded(connections[name])]
    hint = "Find out who did it. `make migrate`, as the table's owner, puts it back."
    return [Error(f"The ledger can be changed: {problem}.", hint=hint, id="audit.E003") for problem in found]


def _unguarded(connection: BaseDatabaseWrapper) -> list[str]:
    """Say what is wrong with the triggers of a ledger that there is; before the first migrate there is none."""
    there = {append_only.TABLE, "audit_duty"} <= set(connection.introspection.table_names())
    return append_only.problems(connection) if there else []


def _webhook() -> list[CheckMessage]:
    from audit.channels import is_allowed  # it reads models, which are not there yet when checks load

    url = settings.DAYPASS_ALERT_WEBHOOK
    if not url or is_allowed(url):
        return []
    hint = "Write an https address; plain http is for loopback only."
    return [Error("DAYPASS_ALERT_WEBHOOK is no address that alerts may go to.", hint=hint, id="audit.E001")]


def _addresses() -> list[CheckMessage]:
    return [_wrong(address) for address in settings.DAYPASS_ALERT_EMAIL if not _is_mail_address(address)]


def _wrong(address: str) -> CheckMessage:
    hint = "Write addresses such as security@example.com, separated by commas."
    return Error(f"DAYPASS_ALERT_EMAIL holds {address!r}, which is no mail address.", hint=hint, id="audit.E002")


def _is_mail_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
