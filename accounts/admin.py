"""People and their sign-ins in the administration: to look at, to switch off, to end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.health import admin as health_admin
from accounts.linking.owner import identities_of
from accounts.models import SignIn, User
from accounts.providers import name_of
from accounts.scim import admin as directories
from accounts.second_factor.administration import reset_page
from accounts.second_factor.factors import factors_of
from accounts.sessions import actor_of, end_sign_in
from audit.models import Event
from audit.record import record
from audit.tags import Tag
from roles import admin_pages
from roles.administration import PlainForm, ReadOnly, Recorded

EVENTS = 50  # of a sign-in, looked through for the last word on its groups
assert health_admin  # noqa: S101  # importing it registers the page of the providers
assert directories  # noqa: S101  # importing it registers what directories pushed


def end_all(request: HttpRequest, sign_ins: QuerySet[SignIn]) -> int:
    """End every live sign-in of these, each with its ledger event; return how many."""
    live = sign_ins.filter(ended_at=None).select_related("user").defer("web_identity_token", "refresh_token")
    actor = actor_of(request)
    return sum(end_sign_in(sign_in=s, reason=SignIn.Ended.BY_ADMINISTRATOR, actor=actor) for s in live)


def tell_ended(request: HttpRequest, count: int, more: str = "") -> None:
    messages.success(request, f"{count} sign-in{pluralize(count)} ended.{more}")


class UserForm(PlainForm):
    request: HttpRequest  # the administration sets it

    class Meta:
        model = User
        fields = ("is_active",)

    def clean_is_active(self) -> bool:
        active: bool = self.cleaned_data["is_active"]
        if not active and self.instance.pk == self.request.user.pk:
            raise forms.ValidationError("You cannot switch yourself off. Ask another administrator.")
        return active


@admin.register(User)
class UserAdmin(Recorded):
    form = UserForm
    list_display = ("label", "name", "username", "is_active", "last_sign_in")
    list_filter = ("is_active",)
    search_fields = ("email", "name", "username", "socialaccount__uid")
    search_help_text = "By e-mail, name, or provider and subject."
    fields = ("email", "name", "identities", "created_at", "is_active", "their_sign_ins", "second_factors")
    readonly_fields = ("email", "name", "identities", "created_at", "their_sign_ins", "second_factors")
    actions = ("end_all_sign_ins",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        latest = SignIn.objects.filter(user=OuterRef("pk")).order_by("-started_at").values("started_at")[:1]
        return User.objects.annotate(last=Subquery(latest))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        roles = path("<int:user_id>/roles/", view(admin_pages.may_take(self)), name="accounts_user_roles")
        reset = path("<int:user_id>/second-factors/", view(reset_page(self)), name="accounts_user_reset_factors")
        end = view(require_POST(self.end_sign_ins))
        ends = path("<int:user_id>/end-sign-ins/", end, name="accounts_user_end_sign_ins")
        return [roles, reset, ends, *super().get_urls()]

    def end_sign_ins(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """End whatever this person is signed in to; they may sign in again unless they are switched off."""
        if not self.has_end_permission(request):
            raise PermissionDenied
        person = get_object_or_404(User, pk=user_id)
        again = " They can sign in again; untick “May sign in” to keep them out." if person.is_active else ""
        tell_ended(request, end_all(request, SignIn.objects.filter(user=person)), again)
        return redirect("admin:accounts_user_change", person.pk)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        person = self.get_object(request, unquote(object_id))
        live = person is not None and SignIn.objects.filter(user=person, ended_at=None).exists()
        more = {"may_end": live and self.has_end_permission(request)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        """Write the switch, and that alone, on the ledger in the same transaction; off also ends what is open."""
        with transaction.atomic():
            before = User.objects.select_for_update().get(pk=obj.pk).is_active
            if before == obj.is_active:
                return
            obj.save(update_fields=["is_active"])  # the rest is as old as the page: they may be named otherwise by now
            fields = {"is_active": {"old": before, "new": obj.is_active}}
            record(
                Tag.PERSON_CHANGE,
                actor=actor_of(request),
                subject="person",
                subject_id=obj.pk,
                what=obj.label,
                fields=fields,
            )
            if not obj.is_active:
                tell_ended(request, end_all(request, SignIn.objects.filter(user=obj)))

    @admin.display(description="last sign-in", ordering="last")
    def last_sign_in(self, user: Any) -> Any:
        return user.last

    @admin.display(description="sign-ins")
    def their_sign_ins(self, user: User) -> str:
        address = reverse("admin:accounts_signin_changelist")
        return format_html('<a href="{}?user__id__exact={}">All sign-ins of this person</a>', address, user.pk)

    @admin.display(description="identities")
    def identities(self, user: User) -> str:
        """Each provider and subject that is this person; break-glass has none but its name."""
        listed = [f"{name_of(account.provider)}: {account.uid}" for account in identities_of(user)]
        return "\n".join(listed) or user.username

    @admin.display(description="second factors")
    def second_factors(self, user: User) -> str:
        return ", ".join(factor.name for factor in factors_of(user)) or "No second factor"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.end_signin")

    @admin.action(description="End all sign-ins", permissions=["end"])
    def end_all_sign_ins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        tell_ended(request, end_all(request, SignIn.objects.filter(user__in=queryset.order_by().values("pk"))))


class Live(admin.SimpleListFilter):
    title = "state"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Live"), ("no", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        live = {"ended_at": None, "expires_at__gt": timezone.now()}
        if self.value() == "yes":
            return queryset.filter(**live)
        return queryset.exclude(**live) if self.value() == "no" else queryset


@admin.register(SignIn)
class SignInAdmin(ReadOnly):
    """The sealed tokens are not among the fields, and never read from the database."""

    list_display = ("user", "provider", "started_at", "last_seen_at", "address", "program", "state")
    list_filter = (Live, "provider", "started_at")
    list_select_related = ("user",)
    search_fields = ("email", "subject", "address", "user__name")
    search_help_text = "By e-mail, subject or address."
    fields = (
        "user",
        "provider",
        "subject",
        "email",
        "their_principals",
        "their_groups",
        "claims",
        "authenticated_at",
        "authentication_asserted",
        "second_factor",
        "second_factor_at",
        "started_at",
        "refreshed_at",
        "last_seen_at",
        "expires_at",
        "ended_at",
        "end_reason",
        "address",
        "program",
        "user_agent",
    )
    actions = ("end_sign_ins",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignIn]:
        return SignIn.objects.defer("web_identity_token", "refresh_token")

    @admin.display(description="principals")
    def their_principals(self, sign_in: SignIn) -> str:
        return "\n".join(sign_in.principals)

    @admin.display(description="groups")
    def their_groups(self, sign_in: SignIn) -> str:
        """Say that they were read, or why they were not and what to change."""
        told = sign_in.groups_told
        if told is None:
            return "Read. Of a person's groups those are kept that a mapping names."
        events = Event.objects.filter(subject="sign_in", subject_id=str(sign_in.pk)).order_by("-pk")[:EVENTS]
        details = (event.details["groups_detail"] for event in events if event.details.get("groups_problem"))
        exactly = next(details, "")
        return f"{sign_in.groups_problem}{f' ({exactly})' if exactly else ''}. {told.fix}"

    @admin.display(description="state")
    def state(self, sign_in: SignIn) -> str:
        if sign_in.ended_at is None:
            return "Live" if sign_in.expires_at > timezone.now() else "Over"
        return sign_in.get_end_reason_display() or "Ended"

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.end_signin")

    @admin.action(description="End these sign-ins", permissions=["end"])
    def end_sign_ins(self, request: HttpRequest, queryset: QuerySet[SignIn]) -> None:
        tell_ended(request, end_all(request, queryset))
