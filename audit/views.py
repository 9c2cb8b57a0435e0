"""What happened: for each person their own sessions, for auditors everybody's, and the ledger."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.models import User
from accounts.sessions import actor_of
from audit.exports import FORMATS, Row, event_rows, session_rows
from audit.filters import EventFilters, SessionFilters
from audit.models import Event, Finding
from audit.paging import page_of
from audit.record import record
from audit.tags import Tag
from credentials.diagnosis import diagnose
from credentials.models import IssuedSession
from portal.http import compressed, no_store
from roles.portal_roles import ADMINISTRATOR

View = Callable[..., HttpResponseBase]
AnyFilters = SessionFilters | EventFilters
FILTERS: dict[str, type[SessionFilters] | type[EventFilters]] = {"sessions": SessionFilters, "events": EventFilters}
MOST_LIVE, MOST_EVENTS = 100, 500


def auditors_only(view: View) -> View:
    """Let auditors and administrators in; for everybody else there is nothing here."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _person(request).portal_roles:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)  # LoginRequiredMiddleware let nobody else through


def _sessions() -> QuerySet[IssuedSession]:
    """Return sessions, latest first, with what a list shows, in queries of their own: a join makes SQLite sort all."""
    return IssuedSession.objects.prefetch_related("user", "role__account").order_by("-created_at", "-pk")


@require_safe
@no_store
@compressed  # what happened, never a credential
def activity(request: HttpRequest) -> HttpResponse:
    """Show a person their own sessions, those that still work first."""
    mine = _sessions().filter(user=_person(request))
    live = mine.filter(state=IssuedSession.State.ISSUED, expires_at__gt=timezone.now())
    past = mine.exclude(pk__in=live.values("pk"))
    context = {"live": list(live[:MOST_LIVE]), "past": page_of(past, request.GET.get("page"))}
    return render(request, "audit/activity.html", context)


@require_safe
@no_store
@compressed  # what happened, never a credential
@auditors_only
def sessions(request: HttpRequest) -> HttpResponse:
    filters = SessionFilters(request.GET)
    found = filters.narrow(_sessions()) if filters.is_valid() else IssuedSession.objects.none()
    return _listed(request, "sessions", filters, found)


@require_safe
@no_store
@compressed  # what happened, never a credential
@auditors_only
def events(request: HttpRequest) -> HttpResponse:
    filters = EventFilters(request.GET)
    found = filters.narrow(Event.objects.order_by("-pk")) if filters.is_valid() else Event.objects.none()
    return _listed(request, "events", filters, found)


def _listed(request: HttpRequest, kind: str, filters: AnyFilters, found: QuerySet[Any]) -> HttpResponse:
    context = {
        "filter_form": filters,
        "page": page_of(found, request.GET.get("page")),
        "export_urls": {name: _export_url(request, kind, name) for name in FORMATS},
    }
    return render(request, f"audit/{kind}.html", context)


def _export_url(request: HttpRequest, kind: str, name: str) -> str:
    """Return where the same filters are exported: every page of them, not this one."""
    asked = {field: value for field, value in request.GET.items() if field != "page" and value}
    address = reverse("audit:export", args=[kind, name])
    return f"{address}?{urlencode(asked)}" if asked else address


@require_safe
@no_store
@auditors_only
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Show one session with its ledger, what was found, and, to administrators, why AWS refused it."""
    found = get_object_or_404(_sessions(), pk=session_id)
    about = Event.objects.filter(subject="issued_session", subject_id=str(session_id)).order_by("pk")
    context = {
        "session": found,
        "events": about[:MOST_EVENTS],
        "findings": Finding.objects.filter(session_id=session_id).order_by("pk"),
        "diagnosis": diagnose(found) if ADMINISTRATOR in _person(request).portal_roles else None,
    }
    return render(request, "audit/session.html", context)


@require_GET
@no_store
@auditors_only
def export(request: HttpRequest, kind: str, name: str) -> HttpResponseBase:
    """Stream what the filters find; who took which part of the ledger home stands on the ledger."""
    filters = FILTERS[kind](request.GET)
    if not filters.is_valid():
        return HttpResponseBadRequest(filters.errors.as_text(), content_type="text/plain; charset=utf-8")
    content_type, write = FORMATS[name]
    record(
        Tag.LEDGER_EXPORT,
        actor=actor_of(request),
        subject="ledger",
        subject_id=kind,
        format=name,
        filters=filters.chosen(),
    )
    file_name = f"daypass-{kind}-{timezone.now():%Y-%m-%d}.{name}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return StreamingHttpResponse(write(_rows(filters)), content_type=content_type, headers=headers)


def _rows(filters: AnyFilters) -> Iterator[Row]:
    if isinstance(filters, SessionFilters):
        return session_rows(filters.narrow(IssuedSession.objects.all()))
    return event_rows(filters.narrow(Event.objects.all()))
