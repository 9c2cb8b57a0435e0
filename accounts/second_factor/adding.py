"""Add a passkey or an authenticator app; whoever adds the first factor is given recovery codes with it."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.limits import SECOND_FACTOR_TRIES, limit_person
from accounts.models import SignIn, User
from accounts.second_factor import app, change, passkeys
from accounts.second_factor.codes import CodeRefused
from accounts.second_factor.factors import kinds_of
from accounts.second_factor.forms import CodeForm, NewPasskeyForm
from accounts.second_factor.recovery import first_codes
from accounts.second_factor.refused import refuse_code, refuse_passkey
from accounts.second_factor.views import changeable, confirmed, listed, next_of, show_codes, unless_withheld
from accounts.sessions import sign_in_of
from audit.tags import Tag

MOST_PASSKEYS = 20
NAME = "Passkey"


@require_http_methods(["GET", "POST"])
@confirmed
@unless_withheld
def passkey(request: HttpRequest) -> HttpResponse:
    """Ask the browser for a new passkey, and keep it."""
    user = sign_in_of(request).user
    if request.method != "POST":
        return _passkey_page(request, user, NewPasskeyForm(initial={"name": NAME}))
    limit_person(request, SECOND_FACTOR_TRIES)
    form = NewPasskeyForm(request.POST)
    if "name" in form.errors:
        return _passkey_page(request, user, form, status=400)
    try:
        return _add(request, user, lambda: _keep_passkey(request, user, form))
    except passkeys.PasskeyRefused as refused:
        return _passkey_page(request, user, form, status=400, trouble=refuse_passkey(request, str(refused)))


def _keep_passkey(request: HttpRequest, user: User, form: NewPasskeyForm) -> Authenticator:
    if not passkeys.available():
        raise passkeys.PasskeyRefused("passkeys need a host name")
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise passkeys.PasskeyRefused("too many passkeys")
    return passkeys.complete_registration(request.session, user, form.response(), name=form.cleaned_data["name"])


def _passkey_page(
    request: HttpRequest, user: User, form: NewPasskeyForm, status: int = 200, trouble: str = ""
) -> HttpResponse:
    available = passkeys.available()
    context = {
        "form": form,
        "available": available,
        "options": passkeys.begin_registration(request.session, user) if available else None,
        "trouble": trouble,
        "next": next_of(request),
        "list": listed(next_of(request)),
    }
    return render(request, "accounts/second_factor_passkey.html", context, status=status)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
@confirmed
@unless_withheld
def authenticator_app(request: HttpRequest) -> HttpResponse:
    """Show what the app scans, and keep it once the app has proved that it did."""
    user = sign_in_of(request).user
    if SignIn.SecondFactor.TOTP in kinds_of(user):
        return redirect(listed(next_of(request)))
    if request.method != "POST":
        return _app_page(request, user, CodeForm())
    limit_person(request, SECOND_FACTOR_TRIES)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _app_page(request, user, form)
    try:
        return _add(request, user, lambda: app.complete(request.session, user, form.cleaned_data["code"]))
    except CodeRefused as refused:
        form.add_error("code", refuse_code(request, SignIn.SecondFactor.TOTP, refused))
        return _app_page(request, user, form)


def _app_page(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    set_up = app.begin(request.session, user)
    context: dict[str, Any] = {
        "form": form,
        "set_up": set_up,
        "next": next_of(request),
        "list": listed(next_of(request)),
    }
    return render(request, "accounts/second_factor_app.html", context, status=400 if form.is_bound else 200)


def _add(request: HttpRequest, user: User, make: Callable[[], Authenticator]) -> HttpResponse:
    """Make the factor and its ledger event in one; show the codes that come with a first factor, else go on."""
    with transaction.atomic():
        if not changeable(request):
            return redirect(listed(next_of(request)))
        change.tell(Tag.SECOND_FACTOR_ADD, request=request, authenticator=make())
        codes = first_codes(user)
    return show_codes(request, codes) if codes else redirect(next_of(request) or listed())
