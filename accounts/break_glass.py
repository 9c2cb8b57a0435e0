"""The break-glass administrator: a password for the first set-up, or for when no provider answers. Off by default.

Each use and each refusal is a ledger event. The sign-in lasts an hour at most, holds no principal, and is an
administrator by its provider's name alone (roles reads it).
"""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.backends import BreakGlassBackend
from accounts.identity import Identity
from accounts.limits import BREAK_GLASS_HOUR, BREAK_GLASS_NAME, BREAK_GLASS_TRIES, limit_address, watch
from accounts.models import User
from accounts.providers import BREAK_GLASS
from accounts.refusal_log import record_refusal
from accounts.sessions import actor_of
from accounts.start import start_sign_in
from audit.tags import Tag
from portal.http import no_store, reference

LONGEST = timedelta(hours=1)
BACKEND = "accounts.backends.BreakGlassBackend"


class BreakGlassForm(forms.Form):
    username = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        max_length=1000, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@login_not_required
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@no_store
def sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DAYPASS_BREAK_GLASS:
        raise Http404
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, form)
    name = form.cleaned_data["username"]
    limit_address(request, BREAK_GLASS_TRIES)
    limit_address(request, BREAK_GLASS_HOUR)
    user = BreakGlassBackend().authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, f"Name or password is wrong. Reference {refuse(request, name, 'password')}.")
        return page(request, form, status=403)
    return admit(request, user)


def page(request: HttpRequest, form: BreakGlassForm, status: int = 200) -> HttpResponse:
    return render(request, "accounts/break_glass.html", {"form": form}, status=status)


def refuse(request: HttpRequest, name: str, reason: str) -> str:
    """Write the refusal down, with the name only if there is such a person: people type passwords there as well."""
    known = User.objects.filter(username=f"{BREAK_GLASS}:{name}").exists()
    if known:
        watch(request, BREAK_GLASS_NAME, name)  # a name is never locked, else strangers could lock its owner out
    told = {"reason": reason, "name": name if known else ""}
    return record_refusal(Tag.BREAK_GLASS_REFUSE, actor=actor_of(request), reference=reference(), **told)


def admit(request: HttpRequest, user: User) -> HttpResponse:
    """Start the session afresh, whoever had it before, and the sign-in with it."""
    with transaction.atomic():
        if request.user.is_authenticated:
            logout(request)
        login(request, user, backend=BACKEND)
        start_sign_in(request=request, user=user, identity=identity_of(user), longest=LONGEST, tag=Tag.BREAK_GLASS_USE)
    return redirect(settings.LOGIN_REDIRECT_URL)


def identity_of(user: User) -> Identity:
    now = timezone.now()
    return Identity(
        provider=BREAK_GLASS,
        subject=user.username.removeprefix(f"{BREAK_GLASS}:"),
        email="",
        name=user.name,
        principals=[],
        claims={},
        authenticated_at=now,
        web_identity_token="",
        web_identity_token_expires_at=now,
    )
