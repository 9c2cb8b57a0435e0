"""A container token for one role: asked for on the role's page, shown once."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.limits import limit_person
from accounts.sessions import sign_in_of
from accounts.unsent import keeps_what_is_typed, unsent
from credentials.formats import blank_first
from credentials.next_command import next_command
from credentials.partitions import sts_regions
from credentials.views import from_own_page
from portal.http import no_store, origin
from portal.masking import masked
from portal.texts import one_line
from roles.access import Grant, Refused, grant_for
from sdk.container import address_of, make_token
from sdk.issuing import obstacle
from sdk.limits import CONTAINER_TOKEN

HOURS = ((1, "1 hour"), (4, "4 hours"), (8, "8 hours"), (12, "12 hours"))


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100, label="Name", validators=[one_line], help_text="What it is for, such as “nightly build”."
    )
    hours = forms.TypedChoiceField(
        coerce=int,
        choices=HOURS,
        initial=8,
        label="Good for",
        help_text="Or until your sign-in ends, if that is sooner.",
    )


@keeps_what_is_typed
@require_http_methods(["GET", "POST"])
@no_store
@from_own_page
def token(request: HttpRequest, account_id: str, role_name: str) -> HttpResponse:
    """Ask what the token is for, then show it, once."""
    mine = sign_in_of(request)
    try:
        grant = grant_for(sign_in=mine, account_id=account_id, role_name=role_name)
    except Refused:
        raise Http404 from None
    if why := obstacle(grant, mine):
        return render(request, "sdk/no_token.html", {"why": why, "role": grant.role}, status=409)
    waiting = unsent(request.session, request.path)
    form = TokenForm(request.POST if request.method == "POST" else None, initial=waiting.data.dict() if waiting else {})
    if not form.is_valid():
        return render(
            request, "sdk/token.html", {"form": form, "role": grant.role}, status=400 if form.is_bound else 200
        )
    limit_person(request, CONTAINER_TOKEN)
    made = make_token(
        sign_in=mine,
        grant=grant,
        name=form.cleaned_data["name"],
        expires_at=timezone.now() + timedelta(hours=form.cleaned_data["hours"]),
        origin=origin(request),
    )
    return render(request, "sdk/token_made.html", shown_once(grant, made))


def shown_once(grant: Grant, token: str) -> dict[str, Any]:
    role = grant.role
    address = address_of(role.account.account_id, role.name)
    lines = (
        f"export AWS_CONTAINER_CREDENTIALS_FULL_URI={address}",
        f"export AWS_CONTAINER_AUTHORIZATION_TOKEN='Bearer {token}'",
    )
    texts = {"environment": masked(blank_first(lines), token), "token_file": masked(f"Bearer {token}", token)}
    command = next_command(region=sts_regions(role.account.partition)[0])
    return {"role": role, "address": address, "command": command, **texts}
