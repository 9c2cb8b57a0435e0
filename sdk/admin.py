"""Tools in the administration: to look at, and to end."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.sessions import actor_of
from roles.administration import ReadOnly
from sdk.authorizations import end
from sdk.models import Authorization
from sdk.tools import tool_of


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnly):
    list_display = ("name", "person", "kind", "tool", "address", "created_at", "used_at", "expires_at", "end_reason")
    list_filter = ("kind", "end_reason", "created_at")
    list_select_related = ("sign_in__user",)
    search_fields = ("name", "address", "sign_in__email", "sign_in__user__name")
    search_help_text = "By name, address or person."
    fields = (
        *("name", "kind", "role", "sign_in", "address", "tool", "user_agent", "created_at", "used_at", "expires_at"),
        *("ended_at", "end_reason"),
    )
    actions = ("end_tools",)

    @admin.display(description="person")
    def person(self, authorization: Authorization) -> str:
        return authorization.sign_in.user.label

    @admin.display(description="tool")
    def tool(self, authorization: Authorization) -> str:
        return tool_of(authorization.user_agent)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sdk.end_authorization")

    @admin.action(description="End these tools", permissions=["end"])
    def end_tools(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        chosen, reason = queryset.select_related("sign_in__user"), Authorization.Ended.BY_ADMINISTRATOR
        count = sum(end(authorization=one, reason=reason, actor=actor_of(request)) for one in chosen)
        messages.success(request, f"{count} tool{pluralize(count)} ended.")
