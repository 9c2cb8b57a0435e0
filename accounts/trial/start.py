"""Set out for a trial: by an administrator, by POST, from the page of the providers."""

from django.http import HttpRequest, HttpResponse

from accounts.journey import Journey, Purpose
from accounts.providers import Provider
from accounts.sessions import current_sign_in
from accounts.set_out import set_out


def start(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Send the browser to the provider, asking for credentials where it can be asked, so that one can choose whose."""
    mine = current_sign_in(request)
    journey = Journey(
        purpose=Purpose.TRY,
        sign_in=str(mine.pk) if mine else "",
        max_age=0 if provider.can_reauthenticate else None,
    )
    return set_out(request=request, provider=provider, journey=journey)
