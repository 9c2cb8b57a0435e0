"""What directories pushed, in the administration: to look at. Changes are made in the directory."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from accounts.models import SignIn
from accounts.providers import configured, name_of
from accounts.scim.matching import keys_of, keys_of_user, sign_ins_with
from accounts.scim.models import DirectoryGroup, DirectoryUser
from accounts.scim.status import last_push
from roles.administration import ReadOnly

LOOKED_AT, SHOWN = 500, 200
NOBODY = "Nobody has signed in as this user."


class State(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("here", "Active"), ("left", "Left"), ("deleted", "Deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kept = Q(deleted_at=None)
        wanted = {"here": kept & Q(active=True), "left": kept & ~Q(active=True), "deleted": ~kept}
        return queryset.filter(wanted.get(self.value() or "", Q()))


def pushed_last(slug: str) -> str:
    """Say when this directory last pushed anything at all."""
    push = last_push(slug)
    return f"{date_format(push.at, 'DATETIME_FORMAT')}, {push.what}" if push else "Never."


@admin.register(DirectoryUser)
class DirectoryUserAdmin(ReadOnly):
    list_display = ("user_name", "state", "provider", "email", "changed_at")
    list_filter = (State, "provider")
    search_fields = ("user_name", "external_id", "email", "display_name")
    search_help_text = "By user name, external id, address or name."
    fields = (
        "provider",
        "user_name",
        "external_id",
        "display_name",
        "email",
        "state",
        "their_groups",
        "who_it_is",
        "created_at",
        "changed_at",
        "directory_pushed",
    )

    @admin.display(description="state")
    def state(self, user: DirectoryUser) -> str:
        if user.deleted_at is not None:
            return "Deleted"
        return "Active" if user.active else "Left"

    @admin.display(description="groups")
    def their_groups(self, user: DirectoryUser) -> str:
        return "\n".join(user.groups.order_by("display_name").values_list("display_name", flat=True)[:SHOWN])

    @admin.display(description="person")
    def who_it_is(self, user: DirectoryUser) -> str:
        """Name the people whose latest sign-ins match, by the rule that counts at the next one."""
        provider = configured().get(user.provider)
        if provider is None or not provider.scim_token:
            return f"{name_of(user.provider)} has no directory any more."
        keys = keys_of_user(provider, user)
        near = SignIn.objects.filter(sign_ins_with(provider, keys)).select_related("user")
        latest = near.defer("web_identity_token", "refresh_token").order_by("-started_at")[:LOOKED_AT]
        people = {sign_in.user for sign_in in latest if keys_of(provider, sign_in) & keys}
        links = ((reverse("admin:accounts_user_change", args=[who.pk]), who.label) for who in people)
        return format_html_join(", ", '<a href="{}">{}</a>', links) if people else NOBODY

    @admin.display(description="last push of this directory")
    def directory_pushed(self, user: DirectoryUser) -> str:
        return pushed_last(user.provider)


@admin.register(DirectoryGroup)
class DirectoryGroupAdmin(ReadOnly):
    list_display = ("display_name", "provider", "size", "changed_at")
    list_filter = ("provider",)
    search_fields = ("display_name", "external_id")
    search_help_text = "By name or external id."
    fields = (
        "provider",
        "display_name",
        "external_id",
        "principal",
        "who_is_in_it",
        "created_at",
        "changed_at",
        "directory_pushed",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DirectoryGroup]:
        return DirectoryGroup.objects.annotate(size=Count("memberships")).order_by("display_name", "pk")

    @admin.display(description="members", ordering="size")
    def size(self, group: Any) -> int:
        return int(group.size)

    @admin.display(description="principal")
    def principal(self, group: DirectoryGroup) -> str:
        """Name what a mapping would name, and say if that has no effect."""
        name = f"group:{group.provider}:{group.display_name}"
        provider = configured().get(group.provider)
        if provider is not None and provider.groups_from == "scim":
            return name
        return f'{name} does not come from here: the provider does not say groups_from = "scim".'

    @admin.display(description="members")
    def who_is_in_it(self, group: Any) -> str:
        rows = group.members.order_by("user_name").values_list("pk", "user_name")[:SHOWN]
        links = ((reverse("admin:accounts_directoryuser_change", args=[key]), name) for key, name in rows)
        more = f" and {group.size - SHOWN} more" if group.size > SHOWN else ""
        return (
            format_html("{}{}", format_html_join(", ", '<a href="{}">{}</a>', links), more) if group.size else "Nobody."
        )

    @admin.display(description="last push of this directory")
    def directory_pushed(self, group: DirectoryGroup) -> str:
        return pushed_last(group.provider)
