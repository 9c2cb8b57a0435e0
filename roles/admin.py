"""The catalog in the administration: AWS accounts, roles with their mappings, portal roles."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import Textarea
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin

from roles import admin_pages
from roles.administration import Inline, Recorded
from roles.cautions import tell_cautions
from roles.durations import in_words
from roles.explain import standing
from roles.first_named import tell_first_named
from roles.forms import CODE, AwsAccountForm, PortalRoleMappingForm, RoleForm, RoleMappingForm
from roles.lockout import LAST_ADMINISTRATOR, keeps_administrator
from roles.models import AwsAccount, PortalRoleMapping, Role, RoleMapping
from roles.principals import known_principals

LISTED_ACCOUNTS = 30  # as a filter; among more of them one searches
INLINE_MAPPINGS = 40  # beyond that the list of mappings, which searches and pages, serves better


def with_accounts(filters: Any, path: str) -> tuple[Any, ...]:
    """Return the filters and one by AWS account, while their list is short enough to read."""
    return (*filters, path) if AwsAccount.objects.count() <= LISTED_ACCOUNTS else tuple(filters)


def badge(value: str, label: str) -> str:
    return format_html('<span class="badge is-{}">{}</span>', value, label)


def saved_in(formset: Any) -> list[Any]:
    """Return the rows that were added or changed below another one's form."""
    return [*formset.new_objects, *(row for row, _fields in formset.changed_objects)]


class Remembered(SimpleHistoryAdmin, Recorded):
    """With a history: who changed what, and when."""

    object_history_list_template = "admin/history_list.html"
    history_list_per_page = 50

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what is remembered, of a row that is gone as well; the library fails over what is no id."""
        try:
            self.opts.pk.to_python(unquote(object_id))
        except ValidationError:
            raise Http404 from None
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an earlier version in the row's own form; whoever restores it saves that form, as any other change.

        The library's view saves what is posted for whoever may view, and guards would compare with the old version.
        """
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        earlier = self._version(unquote(object_id), version_id)
        request.earlier = earlier.instance  # type: ignore[attr-defined]  # get_object reads it
        change = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        more = {**(extra_context or {}), "earlier": earlier}
        return self.changeform_view(request, object_id, form_url=change, extra_context=more)

    def _version(self, object_id: str, version_id: str) -> Any:
        try:
            key = {self.opts.pk.attname: object_id, "history_id": version_id}
            return get_object_or_404(self.model.history.model, **key)
        except ValueError as error:  # no number
            raise Http404 from error

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the stored row, or its earlier version where that is what the page shows."""
        stored = super().get_object(request, object_id, from_field)
        earlier = getattr(request, "earlier", None)
        return stored if stored is None or earlier is None else earlier

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_model(request, obj, form, change)
        tell_cautions(request, [obj])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_formset(request, form, formset, change)
        tell_cautions(request, saved_in(formset))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().render_change_form(request, {**context, "principals": known_principals}, *args, **kwargs)


@admin.register(AwsAccount)
class AwsAccountAdmin(Remembered):
    form = AwsAccountForm
    list_display = ("name", "account_id", "environment_badge", "role_count")
    list_filter = ("environment", "partition")
    search_fields = ("name", "account_id")
    search_help_text = "By name or account ID."

    def get_queryset(self, request: HttpRequest) -> QuerySet[AwsAccount]:
        counted = AwsAccount.objects.annotate(counted=Count("roles"))
        return counted.order_by("name", "account_id")  # a count drops the model's

    @admin.display(description="environment", ordering="environment")
    def environment_badge(self, account: AwsAccount) -> str:
        return badge(account.environment, account.get_environment_display())

    @admin.display(description="roles")
    def role_count(self, account: Any) -> str:
        address = reverse("admin:roles_role_changelist")
        return format_html('<a href="{}?account__id__exact={}">{}</a>', address, account.pk, account.counted)


class RoleMappingInline(Inline):
    model = RoleMapping
    form = RoleMappingForm
    fields = ("principal", "valid_from", "valid_until", "max_duration", "note")
    extra = 1
    verbose_name = "mapping"
    verbose_name_plural = "Who may take it"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleMapping]:
        return super().get_queryset(request).select_related("role__account")


class ValidNow(admin.SimpleListFilter):
    title = "valid now"
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "In force"), ("later", "Not yet"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        started, ongoing = Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_until=None) | Q(valid_until__gt=now)
        wanted = {"yes": started & ongoing, "later": Q(valid_from__gt=now), "over": Q(valid_until__lte=now)}
        return queryset.filter(wanted[self.value() or ""]) if self.value() in wanted else queryset


@admin.register(Role)
class RoleAdmin(Remembered):
    form = RoleForm
    inlines = (RoleMappingInline,)
    list_display = ("name", "account_name", "environment", "method_name", "longest", "mapping_count", "enabled")
    list_filter = ("enabled", "account__environment", "method", "step_up")
    list_select_related = ("account",)
    search_fields = ("name", "description", "account__name", "account__account_id")
    search_help_text = "By the role's name or description, or its account's name or ID."
    autocomplete_fields = ("account",)
    formfield_overrides: ClassVar = {models.JSONField: {"widget": Textarea(attrs=CODE)}}
    fieldsets = (
        ("The role", {"fields": ("arn", "account", "description", "enabled")}),
        ("How it is taken", {"fields": ("method", "requires_reason", "region")}),
        ("At the moment of taking", {"fields": ("step_up", "step_up_minutes")}),
        ("Limits", {"fields": ("max_duration", "default_duration", "session_policy", "policy_arns")}),
        ("What is sent", {"fields": ("external_id", "send_source_identity", "session_tags")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        # Counted for the rows of one page; a join would count all of them to sort.
        mappings = RoleMapping.objects.filter(role=OuterRef("pk")).order_by().values("role").annotate(n=Count("pk"))
        return Role.objects.annotate(counted=Coalesce(Subquery(mappings.values("n")), 0))

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return with_accounts(self.list_filter, "account")

    def get_inlines(self, request: HttpRequest, obj: Role | None) -> Any:
        return () if obj and obj.mappings.count() > INLINE_MAPPINGS else self.inlines

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_formset(request, form, formset, change)
        tell_first_named(request, saved_in(formset))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        who = path("<int:role_id>/who/", view(admin_pages.who(self)), name="roles_role_who")
        export = path("export/", view(admin_pages.export(self)), name="roles_role_export")
        return [who, export, *super().get_urls()]

    @admin.display(description="account", ordering="account__name")
    def account_name(self, role: Role) -> str:
        return format_html(
            '<span class="nowrap">{}</span> <div class="quiet mono">{}</div>',
            role.account.name,
            role.account.account_id,
        )

    @admin.display(description="environment", ordering="account__environment")
    def environment(self, role: Role) -> str:
        return badge(role.account.environment, role.account.get_environment_display())

    @admin.display(description="taken by", ordering="method")
    def method_name(self, role: Role) -> str:
        return role.get_method_display().partition(" (")[0]

    @admin.display(description="longest session", ordering="max_duration")
    def longest(self, role: Role) -> str:
        return in_words(role.max_duration)

    @admin.display(description="mappings")
    def mapping_count(self, role: Any) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:roles_role_who", args=[role.pk]), role.counted)


class MappingAdmin(Remembered):
    """Whoever maps a group for the first time learns from when on that counts."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_model(request, obj, form, change)
        if "principal" in form.changed_data:
            tell_first_named(request, [obj])


@admin.register(RoleMapping)
class RoleMappingAdmin(MappingAdmin):
    form = RoleMappingForm
    list_display = ("principal", "role_name", "state", "valid_until", "note")
    list_filter = (ValidNow, "role__account__environment")
    list_select_related = ("role__account",)
    search_fields = ("principal", "note", "role__name", "role__account__name", "role__account__account_id")
    search_help_text = "By principal, role, account or note."
    autocomplete_fields = ("role",)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return with_accounts(self.list_filter, "role__account")

    @admin.display(description="role", ordering="role__name")
    def role_name(self, mapping: RoleMapping) -> str:
        return format_html('{} <div class="quiet nowrap">{}</div>', mapping.role.name, mapping.role.account.name)

    @admin.display(description="state")
    def state(self, mapping: RoleMapping) -> str:
        now = standing(mapping)
        return badge(now.name.lower().replace("_", "-"), now.capitalize())


@admin.register(PortalRoleMapping)
class PortalRoleMappingAdmin(MappingAdmin):
    form = PortalRoleMappingForm
    list_display = ("principal", "portal_role", "note")
    list_filter = ("portal_role",)
    search_fields = ("principal", "note")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[str]]:
        """Protect what makes whoever deletes an administrator; Django then offers no button and obeys no POST."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if not keeps_administrator(getattr(request, "sign_in", None), without=list(objs)):
            protected = [*protected, LAST_ADMINISTRATOR]
        return deleted, counts, lacking, protected
