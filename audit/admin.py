"""The ledger, the findings and the outbox in the administration: to look at, and parked jobs to try again."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.models import User
from accounts.sessions import actor_of
from audit import outbox
from audit.models import Event, Finding, Job
from audit.paging import CappedPaginator
from audit.record import record
from audit.tags import Tag
from roles.administration import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly):
    paginator = CappedPaginator
    show_full_result_count = False  # one count of a large table is enough
    list_display = ("occurred_at", "tag", "actor_name", "what", "address", "reference")
    list_filter = ("tag", "occurred_at")
    search_fields = ("actor_name", "subject_id", "reference", "address")
    search_help_text = "By who, what it is about (its ID), reference or address."
    fields = (
        "occurred_at",
        "tag",
        "actor_name",
        "actor_id",
        "sign_in_id",
        "subject",
        "subject_id",
        "details_in_lines",
        "address",
        "client",
        "reference",
        "version",
    )
    sortable_by = ("occurred_at",)

    @admin.display(description="about")
    def what(self, event: Event) -> str:
        return str(event.details.get("what") or event.details.get("role") or f"{event.subject} {event.subject_id}")

    @admin.display(description="details")
    def details_in_lines(self, event: Event) -> str:
        return format_html("<pre>{}</pre>", json.dumps(event.details, indent=2, ensure_ascii=False, sort_keys=True))


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    paginator = CappedPaginator
    list_display = ("found_at", "kind", "person", "text", "session_id", "told_at")
    list_filter = ("kind", "found_at")
    search_fields = ("session_id", "person", "text")


class JobState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("parked", "Parked"), ("waiting", "Waiting"), ("done", "Done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        wanted: dict[str, dict[str, object]] = {
            "parked": {"parked_at__isnull": False, "done_at": None},
            "waiting": {"parked_at": None, "done_at": None},
            "done": {"done_at__isnull": False},
        }
        return queryset.filter(**wanted.get(self.value() or "", {}))


@admin.register(Job)
class JobAdmin(ReadOnly):
    paginator = CappedPaginator
    list_display = ("task", "state", "attempts", "due_at", "error", "key")
    list_filter = (JobState,)
    search_fields = ("key",)
    search_help_text = "By its key, which holds the ID of what it is about."
    sortable_by = ("due_at",)
    actions = ("try_again",)

    @admin.display(description="state")
    def state(self, job: Job) -> str:
        return "Done" if job.done_at else "Parked" if job.parked_at else "Waiting"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.has_perm("audit.retry_job")

    @admin.action(description="Try again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Take parked jobs up again; the others of the selection are left alone."""
        with transaction.atomic():
            retried = [job for job in queryset if outbox.retry(job.pk)]
            for job in retried:
                record(Tag.JOB_RETRY, actor=actor_of(request), subject="job", subject_id=job.pk, task=job.task)
        messages.info(request, f"{len(retried)} of {len(queryset)} chosen jobs were parked and are tried again.")
