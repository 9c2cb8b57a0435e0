"""The administration's page on which somebody's second factors are reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_http_methods

from accounts.linking.unlinked import withheld_from
from accounts.models import User
from accounts.second_factor.factors import factors_of
from accounts.second_factor.reset import reset

PERMISSION = "accounts.reset_second_factors"


def reset_page(model_admin: ModelAdmin[Any]) -> Callable[..., HttpResponse]:
    """Ask first, then reset; whoever loses their own factors needs another administrator."""

    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest, user_id: int) -> HttpResponse:
        user = get_object_or_404(User, pk=user_id)
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        factors, own = factors_of(user), user.pk == request.user.pk
        withheld = list(withheld_from(user))
        if request.method == "POST" and (factors or withheld) and not own:
            ended = reset(request=request, user=user)
            told = f"The second factors of {user} are reset; {ended} sign-in{pluralize(ended)} ended."
            messages.success(request, told)
            return redirect("admin:accounts_user_change", user.pk)
        context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
        context |= {
            "title": f"Reset the second factors of {user}",
            "subject": user,
            "factors": factors,
            "withheld": withheld,
            "own": own,
        }
        refused = request.method == "POST"
        return render(request, "admin/accounts/user/reset_factors.html", context, status=409 if refused else 200)

    return view
