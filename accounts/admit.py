"""Let somebody in: the account of (provider, subject), a fresh session, and the sign-in that hangs on both."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialLogin
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts.identity import Identity
from accounts.journey import Journey
from accounts.kept import give_back, kept_by
from accounts.linking.owner import hold_owner
from accounts.scim.standing import admitted
from accounts.sessions import current_sign_in
from accounts.start import start_sign_in


def admit(*, request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Sign the person in. ``social`` is allauth's provider; all is written in one transaction.

    Raise SignInRefused when the provider's directory says that this person has left.
    """
    try:
        return _admit(request, social, identity, journey)
    except IntegrityError:
        # The same person's other tab was first to make their account; now it is there to be found.
        return _admit(request, social, identity, journey)


def _admit(request: HttpRequest, social: Any, identity: Identity, journey: Journey) -> HttpResponse:
    """Let allauth find or make the account and rotate the session, then hang the sign-in on it."""
    carried = kept_by(request.session, current_sign_in(request))
    login: SocialLogin = social.sociallogin_from_response(request, identity)
    login.state = {"process": "login", "next": journey.next}
    with transaction.atomic():
        identity = admitted(identity)  # before the session changes, which no rollback would bring back
        hold_owner(identity.provider, identity.subject)  # else it might be linked away between here and the sign-in
        response: HttpResponse = complete_social_login(request, login)
        if not request.user.is_authenticated or login.user.pk != request.user.pk:
            raise ImmediateHttpResponse(response)  # allauth asked for something else; nothing was signed in
        start_sign_in(request=request, user=login.user, identity=identity)
    give_back(request.session, carried, login.user.pk)
    return response
