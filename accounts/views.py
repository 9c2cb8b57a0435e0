"""Sign-in page, sign-out, and the list of my sign-ins."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import providers
from accounts.freshness import lasts_until
from accounts.leave import KEY as LEFT_KEY
from accounts.leave import can_leave, leave, remember, signed_out
from accounts.models import SignIn
from accounts.navigation import safe_next
from accounts.notices import SIGNED_OUT, leave_notice, take_notice
from accounts.origins import known_origins
from accounts.renewal import askable
from accounts.sessions import actor_of, current_sign_in, end_sign_in, sign_in_of
from accounts.unsent import is_waiting
from portal.http import no_store

LISTED = 50


@login_not_required
@require_safe
@no_store
def sign_in(request: HttpRequest) -> HttpResponse:
    """Offer one button for each configured provider; whoever is signed in goes on, unless they must sign in again."""
    wanted = safe_next(request.GET.get("next"))
    if current_sign_in(request) and "again" not in request.GET:
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    context = {
        "providers": [choice(provider) for provider in providers.configured().values()],
        "next": wanted,
        "break_glass": settings.DAYPASS_BREAK_GLASS,
        **what_happened(request),
    }
    response = render(request, "accounts/sign_in.html", context)
    # The buttons lead by a redirect to pages that need not be at their issuer's host; django-csp adds these.
    response._csp_update = {"form-action": known_origins()}  # type: ignore[attr-defined]  # noqa: SLF001  # its way
    return response


def what_happened(request: HttpRequest) -> dict[str, Any]:
    """Return the notice about the sign-in that is over, and where it still lives on if the person signed out."""
    reason, notice = take_notice(request)
    left = signed_out(request) if reason == SIGNED_OUT else None
    lives_on = {"name": left.provider_name, "can_leave": can_leave(left)} if left else None
    return {"notice": notice, "lives_on": lives_on, "is_kept": bool(notice) and is_waiting(request.session)}


def choice(provider: providers.Provider) -> dict[str, Any]:
    login_url = reverse(provider.login_view, kwargs={"provider_id": provider.slug})
    return {"slug": provider.slug, "name": provider.name, "kind": str(provider.kind), "login_url": login_url}


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's sign-in, its tokens and its session; harmless when there is none, and then nothing is kept:
    anybody may press this, as often as they like."""
    mine, has_session = current_sign_in(request), not request.session.is_empty()
    if mine:
        end_sign_in(sign_in=mine, reason=SignIn.Ended.SIGNED_OUT, actor=actor_of(request))
    request.session.flush()
    if has_session:
        leave_notice(request, SIGNED_OUT, mine.provider if mine else "")
    if mine:
        remember(request, mine)
    return redirect("account_login")


@login_not_required
@require_safe
@no_store
def sign_out_there(request: HttpRequest) -> HttpResponse:
    """Lead somebody who just signed out here on to sign out at their provider too; anybody else to the start."""
    left = signed_out(request)
    request.session.pop(LEFT_KEY, None)
    answer = leave(left) if left and current_sign_in(request) is None else None
    return answer or redirect("account_login")


@require_safe
@no_store
def sign_ins(request: HttpRequest) -> HttpResponse:
    """List my sign-ins, live ones first."""
    mine = sign_in_of(request)
    listed = list(SignIn.objects.listed_for(mine.user_id)[:LISTED])
    renewable = SignIn.objects.renewable_of(mine.user_id)
    for item in listed:
        item.is_current = item.pk == mine.pk
        asked = item.pk in renewable and item.provider in askable()
        item.lasts_until = lasts_until(item, renewable=asked)
    return render(request, "accounts/sign_ins.html", {"sign_ins": listed})


@require_POST
def end(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """End one of my sign-ins; somebody else's does not exist for me."""
    mine = sign_in_of(request)
    chosen = SignIn.objects.filter(user_id=mine.user_id, pk=sign_in_id).select_related("user").first()
    if chosen is None:
        raise Http404
    if chosen.pk == mine.pk:
        return sign_out(request)
    end_sign_in(sign_in=chosen, reason=SignIn.Ended.BY_PERSON, actor=actor_of(request))
    return redirect("accounts:sign_ins")
