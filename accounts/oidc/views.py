"""The two doors of the OpenID flow. Whatever goes wrong behind them ends on one page, with a reference."""

from collections.abc import Callable
from functools import wraps

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from accounts.journey import Journey
from accounts.limits import SIGN_IN_ANSWER, SIGN_IN_START, limit_address
from accounts.navigation import safe_next, sign_in_address
from accounts.oidc.flow import begin, complete
from accounts.providers import openid
from accounts.providers.declared import OpenIdProvider
from accounts.refusals import SignInRefused
from accounts.refuse import refuse
from portal.http import no_store

Door = Callable[[HttpRequest, OpenIdProvider], HttpResponse]


def door(view: Door) -> Callable[..., HttpResponseBase]:
    """Open for strangers, only for providers that exist, and with one answer to every refusal."""

    @wraps(view)
    def wrapper(request: HttpRequest, provider_id: str) -> HttpResponse:
        provider = openid().get(provider_id)
        if provider is None:
            raise Http404
        try:
            return view(request, provider)
        except SignInRefused as refusal:
            return refuse(request=request, provider=provider, refusal=refusal)
        except ImmediateHttpResponse as answer:
            response: HttpResponse = answer.response
            return response

    return login_not_required(no_store(wrapper))


@require_http_methods(["GET", "HEAD", "POST"])
@door
def login(request: HttpRequest, provider: OpenIdProvider) -> HttpResponse:
    """Send the browser to the provider. Only a form of ours starts that (login CSRF); a link leads to the page."""
    if request.method != "POST":
        return redirect(sign_in_address(""))
    limit_address(request, SIGN_IN_START)
    return begin(request=request, provider=provider, journey=Journey(next=safe_next(request.POST.get("next"))))


@require_GET
@door
def callback(request: HttpRequest, provider: OpenIdProvider) -> HttpResponse:
    """Take what the provider sends back."""
    limit_address(request, SIGN_IN_ANSWER)
    return complete(request=request, provider=provider)
