"""Health for load balancers: /healthz (the process answers) and /readyz (it can do its work)."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import KombuError

from accounts import key_check
from accounts.custody import Custody
from audit import append_only, duties, outbox
from portal.celery import app

_asking = Lock()  # whoever asks the broker
_answered = {"broker": True}  # what it said last


class HealthMiddleware:
    """Answer the two health paths before the host check, since probes come by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path_info == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> JsonResponse:
    """Return 200 when everything that issuing needs answers, else 503; the rest is told but not needed.

    Issuing goes on without broker and worker (the outbox waits), so a broker that is down must not take the portal out
    of a load balancer. What watches the portal should look at them all the same: docs/operations.md.
    """
    answers = database_answers()
    needed = {"database": answers, "keys": keys_are_usable(and_open_what_is_kept=answers)}
    late = late_duties() if needed["database"] else sorted(duties.expected())
    drained = duties.PULSE not in late and outbox_is_drained()
    state = {**needed, "broker": broker_answers(), "outbox": drained, "duties": not late}
    state["ledger"] = needed["database"] and ledger_is_guarded()
    body: dict[str, Any] = {name: "ok" if fine else "failed" for name, fine in state.items()}
    if late:
        body["late"] = late
    return JsonResponse(body, status=200 if all(needed.values()) else 503)


def database_answers() -> bool:
    """Tell whether the database answers and takes writes: a standby reads on, but records nothing."""
    question = "SHOW transaction_read_only" if connection.vendor == "postgresql" else "SELECT 'off'"
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return bool(cursor.fetchone() == ("off",))
    except Error:
        return False


def keys_are_usable(*, and_open_what_is_kept: bool) -> bool:
    try:
        Custody.from_settings()
        return not (and_open_what_is_kept and key_check.problems())
    except (ImproperlyConfigured, Error):
        return False


def outbox_is_drained() -> bool:
    """Tell whether workers keep up; a database that cannot say counts as no."""
    try:
        return not outbox.is_behind()
    except Error:
        return False


def ledger_is_guarded() -> bool:
    """Tell whether the triggers refuse changes; a database that cannot say counts as no."""
    try:
        return not append_only.problems(connection)
    except Error:
        return False


def late_duties() -> list[str]:
    """Return the periodic duties that stand still: all of them, when the database cannot say."""
    try:
        return sorted(duties.late())
    except Error:
        return sorted(duties.expected())


def broker_answers() -> bool:
    """Tell whether the broker answers. One asks at a time, the others are told what it said last: anybody may ask, and
    a broker that hangs must not hold a thread for each."""
    if settings.DAYPASS_EMBEDDED_WORKER:
        return True
    if _asking.acquire(blocking=False):
        try:
            _answered["broker"] = _broker_answers()
        finally:
            _asking.release()
    return _answered["broker"]


def _broker_answers() -> bool:
    try:
        with app.connection_for_write(settings.CELERY_BROKER_URL, connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except (OSError, KombuError):
        return False
    return True
