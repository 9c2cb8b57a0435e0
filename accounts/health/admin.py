"""Identity providers in the administration: how they are, look now, try. Auditors read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from accounts.health.check import ask_for
from accounts.health.models import ProviderCheck
from accounts.health.page import shown_providers
from accounts.limits import PROVIDER_CHECK, limit_person
from accounts.providers import Provider, configured
from accounts.set_out import lets_forms_lead_out
from accounts.tasks import check_provider
from accounts.trial.arrive import MAY_TRY
from accounts.trial.start import start
from roles import admin_pages
from roles.administration import ReadOnly

MAY_CHECK = "accounts.check_provider"
PAGE = "admin:accounts_providercheck_changelist"
LOOK_AGAIN = 3  # seconds after which the page fetches itself anew, while somebody's look is under way


@admin.register(ProviderCheck)
class ProviderCheckAdmin(ReadOnly):
    fields = ("provider", "checked_at", "asked_at", "due_at", "failing_since", "result")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        ours = [
            path("<slug:slug>/check/", view(require_POST(self.look)), name="accounts_provider_check"),
            path("<slug:slug>/try/", view(require_POST(self.start_trial)), name="accounts_provider_try"),
            path("tried/", view(admin_pages.tried(self)), name="accounts_provider_tried"),
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show every provider of the file, whether somebody looked at it already or not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = shown_providers()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Identity providers",
            "providers": shown,
            "may_check": request.user.has_perm(MAY_CHECK),
            "may_try": request.user.has_perm(MAY_TRY),
        }
        response = TemplateResponse(request, "admin/accounts/providercheck/providers.html", context)
        response["Cache-Control"] = "no-store"
        if any(each.check and each.check.is_being_checked for each in shown):
            response["Refresh"] = str(LOOK_AGAIN)
        lets_forms_lead_out(response)
        return response

    def look(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ask for a look now; the page never waits for a provider itself."""
        provider = self.provider_for(request, slug, MAY_CHECK)
        limit_person(request, PROVIDER_CHECK)
        ask_for(slug)
        try:
            check_provider.delay(slug)
        except OperationalError:
            messages.warning(request, f"The broker does not answer. {provider.name} is looked at when it does.")
        return redirect(PAGE)

    def start_trial(self, request: HttpRequest, slug: str) -> HttpResponse:
        return start(request, self.provider_for(request, slug, MAY_TRY))

    def provider_for(self, request: HttpRequest, slug: str, permission: str) -> Provider:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        provider = configured().get(slug)
        if provider is None:
            raise Http404
        return provider
