"""The two doors of Facebook's and Amazon's flow. Whatever goes wrong behind them ends on one page, with a reference."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.doors import check_method, door
from accounts.journey import Journey
from accounts.limits import SIGN_IN_ANSWER, SIGN_IN_START, limit_address
from accounts.navigation import safe_next, sign_in_address
from accounts.providers import social
from accounts.providers.declared import SocialProvider
from accounts.social.flow import begin, complete


@require_http_methods(["GET", "HEAD", "POST"])
@door(social)
def login(request: HttpRequest, provider: SocialProvider) -> HttpResponse:
    """Send the browser to the provider. Only a form of ours starts that (login CSRF); a link leads to the page."""
    if request.method != "POST":
        return redirect(sign_in_address(""))
    limit_address(request, SIGN_IN_START)
    return begin(request=request, provider=provider, journey=Journey(next=safe_next(request.POST.get("next"))))


@csrf_exempt  # whoever has set a provider up to post its answer is told so, in words that lead on
@require_http_methods(["GET", "POST"])
@door(social)
def callback(request: HttpRequest, provider: SocialProvider) -> HttpResponse:
    """Take what the provider sends back, by the redirect that was asked for."""
    limit_address(request, SIGN_IN_ANSWER)
    check_method(request, "GET")
    return complete(request=request, provider=provider)
