"""My second factors: what there is, under which name, and away with it. Adding one is accounts.second_factor.adding."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.linking.owner import hold
from accounts.linking.unlinked import withheld_from
from accounts.models import SignIn
from accounts.navigation import safe_next
from accounts.second_factor import change
from accounts.second_factor.factors import authenticators_of, codes_left, factors_of, name_of
from accounts.second_factor.forms import NameForm
from accounts.second_factor.guard import demand_for, may_change
from accounts.second_factor.recovery import new_codes
from accounts.second_factor.refused import refuse_withheld
from accounts.sessions import sign_in_of
from accounts.step_up.ask import ask
from accounts.unsent import keep_unsent, keeps_what_is_typed, unsent
from audit.tags import Tag
from portal.http import no_store

View = Callable[..., HttpResponse]


def next_of(request: HttpRequest) -> str:
    return safe_next(request.GET.get("next") or request.POST.get("next"))


def listed(next_page: str = "") -> str:
    """Return the address of the list, which remembers where the person was going."""
    return reverse("accounts:second_factors") + (f"?{urlencode({'next': next_page})}" if next_page else "")


def confirmed(view: View) -> Callable[..., HttpResponseBase]:
    """Let only those change factors who have lately proved that it is them; ask the others first.

    What they had sent goes on once they have confirmed; without that they come back to its page, or to the list.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sign_in = sign_in_of(request)
        if may_change(sign_in, timezone.now()):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else listed(next_of(request))
        asked = ask(
            request.session,
            demand=demand_for(sign_in),
            next_page=back,
            what="Changing your second factors",
            own_factors=True,
            act=keep_unsent(request),
        )
        return redirect(asked.address)

    return no_store(wrapper)


def changeable(request: HttpRequest) -> bool:
    """Lock the person until the transaction ends, and tell whether what was shown still lets them change factors.

    Between the look of ``confirmed`` and this, another tab may have set up a factor, or an identity have moved.
    """
    held = hold(sign_in_of(request))
    return held is not None and held.user.is_active and may_change(held, timezone.now())


def unless_withheld(view: View) -> View:
    """Set up no factor for an identity that was unlinked from somebody else's."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not withheld_from(sign_in_of(request).user).exists():
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.error(request, refuse_withheld(request))
        return redirect(listed(next_of(request)))

    return wrapper


@require_safe
@no_store
def index(request: HttpRequest) -> HttpResponse:
    """List my factors, and what there is to do with them."""
    user = sign_in_of(request).user
    factors = factors_of(user)
    context = {
        "factors": factors,
        "has_app": any(factor.kind == SignIn.SecondFactor.TOTP for factor in factors),
        "codes_left": codes_left(user),
        "withheld": withheld_from(user).exists(),
        "next": next_of(request),
    }
    return render(request, "accounts/second_factors.html", context)


@keeps_what_is_typed
@require_http_methods(["GET", "POST"])
@confirmed
def rename(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Give one of my factors another name."""
    factor = _mine_or_404(request, factor_id)
    waiting = unsent(request.session, request.path)
    typed = waiting.data.get("name") if waiting else None
    form = NameForm(request.POST or None, initial={"name": typed or name_of(factor)})
    if not form.is_valid():
        context = {"form": form, "name": name_of(factor)}
        return render(request, "accounts/second_factor_name.html", context, status=400 if form.is_bound else 200)
    change.rename(request=request, authenticator=factor, name=form.cleaned_data["name"])
    return redirect(listed())


@keeps_what_is_typed
@require_POST
@confirmed
def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove one of my factors."""
    with transaction.atomic():
        if changeable(request):
            change.remove(request=request, authenticator=_mine_or_404(request, factor_id))
    return redirect(listed())


@keeps_what_is_typed
@require_POST
@confirmed
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them, once."""
    user = sign_in_of(request).user
    if not authenticators_of(user).exists():
        raise Http404
    with transaction.atomic():
        if not changeable(request):
            return redirect(listed())
        codes = new_codes(user)
        made = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
        change.tell(Tag.SECOND_FACTOR_ADD, request=request, authenticator=made)
    return show_codes(request, codes)


def show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Render the codes as the answer itself: they are kept nowhere to be shown again."""
    context = {"codes": "\n".join(codes), "next": next_of(request) or listed()}
    return render(request, "accounts/recovery_codes.html", context)


def _mine_or_404(request: HttpRequest, factor_id: int) -> Authenticator:
    return get_object_or_404(authenticators_of(sign_in_of(request).user), pk=factor_id)
