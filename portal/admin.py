"""The administration: Django's admin with our sections, our sign-in, and nothing that is not ours."""

from __future__ import annotations

from collections.abc import Iterable
from functools import update_wrapper
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.db.models.base import ModelBase
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.decorators import method_decorator

from portal.http import compressed

ROOMS: Final = frozenset({"accounts", "roles", "credentials", "audit", "sdk"})
# There are no passwords here, and no row has a page of its own outside.
CLOSED: Final = frozenset({"logout", "password_change", "password_change_done", "view_on_site"})
# What the first page and the side list show, in this order; models by label, each with what one does there.
SECTIONS: Final = (
    (
        "Catalog",
        "What people may take, and who.",
        {
            "roles.AwsAccount": "The AWS accounts that hold the roles. Start here.",
            "roles.Role": "IAM roles, how each is taken, and who may take it.",
            "roles.RoleMapping": "All mappings of all roles, to search through.",
        },
    ),
    (
        "Access to Daypass",
        "Who signs in, and who administers.",
        {
            "roles.PortalRoleMapping": "Who may open this administration, and who may read everything.",
            "accounts.ProviderCheck": "How each one is, from certificates to clocks. Try one without signing in.",
            "accounts.User": "Everybody who has signed in. Switch a person off, or see what they may take.",
            "accounts.SignIn": "Each sign-in, with what the identity provider said. End any of them.",
            "sdk.Authorization": "Command-line tools that act for people, each hung on a sign-in. End any of them.",
            "accounts.DirectoryUser": "Who was pushed by SCIM, who of them left, and which person each of them is.",
            "accounts.DirectoryGroup": "The groups that were pushed by SCIM, and who is in them.",
        },
    ),
    (
        "Record",
        "What happened. Nobody can change it.",
        {
            "credentials.IssuedSession": "Each role that was asked for, and what AWS answered.",
            "audit.Event": "The ledger: every sign-in, every session, every change of the catalog.",
            "audit.Finding": "What the audit found unusual.",
            "audit.Job": "Work that waits or was given up. Try it again from here.",
        },
    ),
)


class Administration(admin.AdminSite):
    """Our own rooms only, in three sections; strangers learn nothing of it."""

    site_title = "Daypass"
    site_header = index_title = "Administration"
    empty_value_display = "-"
    enable_nav_sidebar = False  # our own side list needs no script

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[admin.ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take the models of our rooms and let those of the libraries lie: groups, social tokens, addresses."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else list(model_or_iterable)
        super().register([m for m in models if m.__module__.partition(".")[0] in ROOMS], admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in CLOSED]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        """Answer 404 to whoever is signed in without a portal role: for them there is no administration."""
        # Rows of the catalog and the ledger; what is sealed is not shown.
        inner = compressed(super().admin_view(view, cacheable))

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send everybody to the one sign-in page there is."""
        if request.user.is_authenticated:
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next", ""), settings.LOGIN_URL)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:
        """There is one index; Django's page for each app would only repeat a part of it."""
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the sections with the models that this person may see, each with its sentence."""
        apps = self._build_app_dict(request, app_label).values()
        allowed = {f"{app['app_label']}.{m['object_name']}": m for app in apps for m in app["models"]}
        return [
            {
                "name": name,
                "app_label": name.lower().replace(" ", "-"),
                "sentence": sentence,
                "models": [allowed[label] | {"sentence": does} for label, does in models.items() if label in allowed],
            }
            for name, sentence, models in SECTIONS
            if any(label in allowed for label in models)
        ]
