"""The ledger and the audit's findings in the administration: to look at."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html

from audit.models import Event, Finding
from roles.administration import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly):
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
    list_display = ("found_at", "kind", "text", "session_id", "told_at")
    list_filter = ("kind", "found_at")
    search_fields = ("session_id", "text")
