"""Linked identities: a person's own page to see, add and remove the identities that are theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.identity import name_of as name_in
from accounts.journey import Journey, Purpose, on
from accounts.labels import label
from accounts.linking.link import link
from accounts.linking.offer import take, waiting
from accounts.linking.owner import has_second_factors, identities_of, is_of, name_by, owner_of
from accounts.linking.proof import FACTOR, has_shown, is_recent
from accounts.linking.unlink import unlink
from accounts.models import SignIn
from accounts.navigation import sign_in_address
from accounts.providers import BREAK_GLASS, configured, name_of
from accounts.refusals import SignInRefused
from accounts.refuse import refuse
from accounts.sessions import actor_of, sign_in_of
from accounts.set_out import lets_forms_lead_out, set_out
from accounts.step_up.ask import ask
from accounts.unsent import keep_unsent, keeps_what_is_typed
from portal.http import no_store

WHAT: Final = "Linking or unlinking an identity"


@dataclass(frozen=True)
class Shown:
    """One line of the page."""

    id: int
    provider_name: str
    label: str
    is_current: bool
    linked_at: datetime
    used_at: datetime | None


@require_GET
@no_store
def identities(request: HttpRequest) -> HttpResponse:
    mine = sign_in_of(request)
    has_factors = has_second_factors(mine.user)
    context = {
        "identities": [shown(mine, account) for account in identities_of(mine.user_id)],
        "providers": list(configured().values()),
        "may_set_out": has_factors or is_recent(mine, timezone.now()),  # who has factors is asked when they press
        "has_factors": has_factors,
        "is_break_glass": mine.provider == BREAK_GLASS,
        "again": f"{sign_in_address(request.path)}&again=1",
    }
    response = render(request, "accounts/identities.html", context)
    lets_forms_lead_out(response)
    return response


def shown(mine: SignIn, account: SocialAccount) -> Shown:
    made = SignIn.objects.filter(user=mine.user_id, provider=account.provider, subject=account.uid)
    last = made.order_by("-started_at").only("email", "started_at").first()
    told: dict[str, Any] = account.extra_data
    return Shown(
        id=account.pk,
        provider_name=name_of(account.provider),
        label=label(
            address=last.email if last else told.get("email", ""),  # accounts.linking.link keeps a vouched one
            name=name_in(told),
            identity=name_by(account.provider, account.uid),
        ),
        is_current=is_of(mine, account),
        linked_at=account.date_joined,
        used_at=last.started_at if last else None,
    )


@keeps_what_is_typed
@require_POST
@no_store
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Set out for the provider to prove an identity there; asks for credentials anew where the provider can."""
    mine, provider = sign_in_of(request), configured().get(provider_id)
    if provider is None or mine.provider == BREAK_GLASS:
        raise Http404
    if not has_shown(mine, timezone.now()):
        return ask_first(request, mine)
    journey = Journey(
        purpose=Purpose.LINK,
        next=reverse("accounts:identities"),
        sign_in=str(mine.pk),
        max_age=0 if provider.can_reauthenticate else None,
    )
    return set_out(request=request, provider=provider, journey=journey)


@keeps_what_is_typed
@require_http_methods(["GET", "POST"])
@no_store
def confirm(request: HttpRequest) -> HttpResponse:
    """Name both identities and ask; only this page's button links them."""
    mine = sign_in_of(request)
    if request.method == "POST":
        return confirmed(request, mine)
    offer = waiting(request)
    if offer is None:
        return redirect("accounts:identities")
    owner = owner_of(offer.provider, offer.subject)
    context = {
        "offer": offer,
        "is_mine": owner is not None and owner.pk == mine.user_id,
        "moves": owner is not None and owner.pk != mine.user_id,
    }
    return render(request, "accounts/link.html", context)


def ask_first(request: HttpRequest, mine: SignIn, back: str = "accounts:identities") -> HttpResponse:
    """Lead a person with factors to the page that asks for one, the others to where it says what is missing."""
    if not has_second_factors(mine.user):
        return redirect("accounts:identities")
    asked = ask(request.session, demand=FACTOR, next_page=reverse(back), what=WHAT, act=keep_unsent(request))
    return redirect(asked.address)


def confirmed(request: HttpRequest, mine: SignIn) -> HttpResponse:
    if has_second_factors(mine.user) and not has_shown(mine, timezone.now()):
        return ask_first(request, mine, back="accounts:link")
    offer = take(request, request.POST.get("mark", ""))
    provider = configured().get(offer.provider) if offer else None
    if offer is None or provider is None:  # one that was taken out of the file meanwhile does not exist
        messages.warning(request, "That took too long, or another identity came in between. Start again.")
        return redirect("accounts:identities")
    try:
        with on(Journey(purpose=Purpose.LINK, sign_in=str(mine.pk))):
            link(sign_in=mine, offer=offer, actor=actor_of(request))
    except SignInRefused as refusal:
        return refuse(request=request, provider=provider, refusal=refusal)
    messages.success(request, f"{offer.label} at {offer.provider_name} is linked.")
    return redirect("accounts:identities")


@keeps_what_is_typed
@require_POST
@no_store
def remove(request: HttpRequest, account_id: int) -> HttpResponse:
    """Unlink one of my identities; somebody else's does not exist for me."""
    mine = sign_in_of(request)
    account = get_object_or_404(SocialAccount, pk=account_id, user=mine.user_id)
    if not has_shown(mine, timezone.now()):
        return ask_first(request, mine)
    try:
        unlink(sign_in=mine, account=account, actor=actor_of(request))
    except SignInRefused as refusal:
        messages.error(request, f"{refusal.text.sentence} {refusal.text.remedy}")
        return redirect("accounts:identities")
    messages.success(request, f"The identity at {name_of(account.provider)} is unlinked.")
    return redirect("accounts:identities")
