"""OpenID Connect Front-Channel Logout 1.0: the provider's page loads our address, in a frame, in the person's browser.

Our cookies do not come along, since they are SameSite=Lax and the page is another site's: so the session's name in the
address has to say whose sign-in is over, and whoever knows that name may end it. Nothing is told, ended or not.
"""

import re

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from accounts.doors import barred, provider_of, refusal_of
from accounts.limits import PROVIDER_LOGOUT, limit_address
from accounts.models import SignIn
from accounts.oidc.discovery import origins_of
from accounts.oidc.logout import told
from accounts.providers import openid
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import Reason, SignInRefused
from accounts.sessions import current_sign_in
from portal.edge import Unreadable, when_unreadable
from portal.http import client_address, no_store, user_agent
from portal.texts import is_line

# What AD FS calls a session may be the Windows account's security identifier, which colleagues can find out.
SECURITY_IDENTIFIER = re.compile(r"S-1-[0-9-]+", re.ASCII)


def _refused(request: HttpRequest, provider: OpenIdProvider, refusal: SignInRefused) -> HttpResponse:
    told.refuse(request, provider, refusal, channel="front")
    return _framed(HttpResponse(content_type="text/plain", status=400), provider)


@barred
def _unreadable(request: HttpRequest, error: Unreadable, provider_id: str) -> HttpResponse:
    provider = provider_of(openid(), provider_id)
    limit_address(request, PROVIDER_LOGOUT)
    return _refused(request, provider, refusal_of(error))


@when_unreadable(_unreadable)
@login_not_required  # in a foreign frame there is nobody signed in
@require_safe
@xframe_options_exempt  # the policy below says who may frame it, which this header cannot
@no_store
def front(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Answer an empty page, the same whether or not anything ended; 400 to what this provider never says."""
    provider = provider_of(openid(), provider_id)
    limit_address(request, PROVIDER_LOGOUT)
    try:
        told.end(request, provider, _meant(request, provider), channel="front")
    except SignInRefused as refusal:
        return _refused(request, provider, refusal)
    return _framed(HttpResponse(content_type="text/plain"), provider)


def _meant(request: HttpRequest, provider: OpenIdProvider) -> QuerySet[SignIn]:
    _check_issuer(request, provider)
    sessions = request.GET.getlist("sid")
    if len(sessions) != 1 or not 0 < len(sessions[0]) < 256 or not is_line(sessions[0]):
        raise SignInRefused(Reason.CLAIM, "sid is missing, empty, too long or there twice")
    meant = told.named_by(provider, subject="", session=sessions[0])
    return meant.filter(_same_browser(request)) if SECURITY_IDENTIFIER.fullmatch(sessions[0]) else meant


def _check_issuer(request: HttpRequest, provider: OpenIdProvider) -> None:
    """Both or neither are sent (section 2), but AD FS and Entra ID send a session alone.

    Our address names the provider anyway, and the issuer is no secret; but one that is named must be this one.
    """
    named = request.GET.getlist("iss")
    if named and (len(named) != 1 or named[0] not in provider.issuers):
        raise SignInRefused(Reason.ISSUER, "iss is another provider's, or there twice")


def _same_browser(request: HttpRequest) -> Q:
    """Return what must hold where the name is no secret: the request comes from where the sign-in came from."""
    mine = current_sign_in(request)  # there if provider and portal are of one site, so that the cookie came along
    there = Q(address=client_address(request), user_agent=user_agent(request))
    return there | Q(pk=mine.pk) if mine else there


def _framed(response: HttpResponse, provider: OpenIdProvider) -> HttpResponse:
    """Let the provider's own pages frame this answer, and nobody else's."""
    response._csp_replace = {"frame-ancestors": origins_of(provider)}  # type: ignore[attr-defined]  # noqa: SLF001  # django-csp's way
    return response
