"""Issued sessions in the administration: to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from credentials.models import IssuedSession
from roles.administration import ReadOnly


@admin.register(IssuedSession)
class IssuedSessionAdmin(ReadOnly):
    show_full_result_count = False  # one count of a large table is enough
    list_display = ("created_at", "user", "role_name", "state_badge", "delivery", "program", "expires_at", "reference")
    list_filter = ("state", "delivery", "method", "created_at", "role__account__environment")
    list_select_related = ("user", "role__account")
    search_fields = ("reference", "session_name", "access_key_id", "user__email", "role__name", "sts_request_id")
    search_help_text = "By reference, session name, access key ID, e-mail, role or STS request ID."

    @admin.display(description="role", ordering="role__name")
    def role_name(self, session: IssuedSession) -> str:
        return f"{session.role.name} in {session.role.account.name}"

    @admin.display(description="state", ordering="state")
    def state_badge(self, session: IssuedSession) -> Any:
        return format_html('<span class="badge is-{}">{}</span>', session.state, session.get_state_display())
