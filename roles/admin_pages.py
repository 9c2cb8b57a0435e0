"""The administration's own pages: who can take a role and why, what a person may take, the catalog as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.group_problems import told
from accounts.models import SignIn, User
from accounts.providers import configured
from accounts.trial.arrive import MAY_TRY
from accounts.trial.checks import checks_of
from accounts.trial.outcome import kept
from roles.catalog import catalog_for
from roles.explain import SHOWN, explain, who_can_take
from roles.matching import matched
from roles.models import Role
from roles.transfer import as_json, exported

Page = Callable[..., HttpResponse]
ALIKE = 10  # people of one e-mail: one for each provider


def who(model_admin: ModelAdmin[Any]) -> Page:
    """Show who can take a role; with ``?person=alice@example.com`` also why that person can or cannot."""

    def view(request: HttpRequest, role_id: int) -> HttpResponse:
        role = get_object_or_404(Role.objects.select_related("account"), pk=role_id)
        _must(model_admin.has_view_permission(request, role))
        asked = request.GET.get("person", "").strip()[:254]
        people = User.objects.filter(Q(email__iexact=asked) | Q(name__iexact=asked))[:ALIKE] if asked else []
        context = {
            **_frame(model_admin, request, title=f"Who can take {role.name}"),
            "role": role,
            "audience": who_can_take(role),
            "asked": asked,
            "explanations": [explain(user=user, role=role) for user in people],
            "shown": SHOWN,
        }
        return render(request, "admin/roles/role/who.html", context)

    return view


def may_take(model_admin: ModelAdmin[Any]) -> Page:
    """Show what a person may take by their latest sign-in that lasts, or else their last one."""

    def view(request: HttpRequest, user_id: int) -> HttpResponse:
        user = get_object_or_404(User, pk=user_id)
        _must(model_admin.has_view_permission(request, user))
        sign_in = (
            SignIn.objects.filter(user=user)
            .order_by("-started_at")
            .defer("web_identity_token", "refresh_token")
            .first()
        )
        query = request.GET.get("q", "").strip()[:200]
        context = {
            **_frame(model_admin, request, title=f"What {user} may take"),
            "subject": user,
            "judged": sign_in,
            "live": sign_in is not None and sign_in.ended_at is None and sign_in.expires_at > timezone.now(),
            "page": catalog_for(sign_in=sign_in, query=query) if sign_in else None,
            "query": query,
        }
        return render(request, "admin/accounts/user/may_take.html", context)

    return view


def tried(model_admin: ModelAdmin[Any]) -> Page:
    """Show what the last trial of a provider brought, and which mappings its principals would match."""

    def view(request: HttpRequest) -> HttpResponse:
        _must(request.user.has_perm(MAY_TRY))
        outcome = kept(request)
        provider = configured().get(outcome.provider) if outcome else None
        if outcome is None or provider is None:
            return redirect("admin:accounts_providercheck_changelist")
        context = {
            **_frame(model_admin, request, title=f"Trial of {provider.name}"),
            "outcome": outcome,
            "provider": provider,
            "checks": checks_of(provider, outcome.reason, outcome.detail),
            "matched": matched(outcome.principals),
            "groups_problem": told(outcome.groups_problem, provider.name),
        }
        response = render(request, "admin/accounts/providercheck/tried.html", context)
        response["Cache-Control"] = "no-store"
        return response

    return view


def export(model_admin: ModelAdmin[Any]) -> Page:
    """Hand out the whole catalog as the JSON file that ``manage.py catalog_import`` reads."""

    def view(request: HttpRequest) -> HttpResponse:
        _must(model_admin.has_view_permission(request))
        name = f"daypass-catalog-{timezone.now():%Y-%m-%d}.json"
        return HttpResponse(
            as_json(exported()),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    return view


def _must(allowed: bool) -> None:  # noqa: FBT001  # reads as a sentence where it is used
    if not allowed:
        raise PermissionDenied


def _frame(model_admin: ModelAdmin[Any], request: HttpRequest, *, title: str) -> dict[str, Any]:
    return {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": title}
